"""The web page: serve it, invite people, put them out."""

from typing import Any
from urllib.parse import urlsplit

import click

from humasbot.cli.common import actor, as_json, dump, escape, open_bot, table, when
from humasbot.errors import InputError
from humasbot.words import t

ROLES = click.Choice(["viewer", "approver", "admin"])
_NAME = t("NAMA", "NAME")
agency = click.option(
    "--agency", default="", metavar=t("KUNCI", "KEY"),
    help=t("instansi lain di basis data ini (armada)", "another agency of this database (a fleet)"),
)  # fmt: skip


@click.group()
def web() -> None:
    """The page on which people approve."""


@web.command("serve", help=t("Layani halamannya, di belakang server web kantor",
                             "Serve the page, behind the office's web server"))  # fmt: skip
@click.option(
    "--listen", metavar="HOST:PORT",
    help=t("dengarkan di sini; bila kosong menurut [web] listen", "listen here; else as [web] listen says"),
)  # fmt: skip
@click.option(
    "--address", metavar="URL",
    help=t("alamat yang dibuka orang; bila kosong menurut [web] address", "where people open it; else [web] address"),
)  # fmt: skip
@click.pass_context
def serve(ctx: click.Context, listen: str | None, address: str | None) -> None:
    """Until Ctrl-C or SIGTERM."""
    from humasbot.listening import address as parted
    from humasbot.web import app_for, needed

    bot = open_bot(ctx)
    host, port = parted(listen or bot.config.web.listen)
    public = (address or bot.config.web.address or f"http://{_named(host)}:{port}").rstrip("/")
    if urlsplit(public).scheme not in ("http", "https") or not urlsplit(public).netloc:
        raise InputError(
            t('--address "{x}": tulis misalnya https://humas.contoh.go.id',
              '--address "{x}": write for example https://humas.contoh.go.id', x=public)
        )  # fmt: skip
    app = app_for(bot, address=public)
    with needed():
        import uvicorn

    click.echo(
        t("Halaman humas: {a} (mendengar di {h}:{p})", "The page: {a} (listening on {h}:{p})", a=public, h=host, p=port)
    )  # fmt: skip
    # Addresses hold people's links, so that requests are not logged.
    uvicorn.run(
        app, host=host, port=port, root_path=urlsplit(public).path.rstrip("/"), access_log=False, log_level="warning",
        server_header=False, proxy_headers=False, lifespan="off", timeout_graceful_shutdown=10, limit_concurrency=64,
    )  # fmt: skip


def _named(host: str) -> str:
    return f"[{host}]" if ":" in host else host


@web.command("invite", help=t("Undang seseorang: tautan sekali pakai, berlaku 24 jam",
                              "Invite a person: a link that is used once, within 24 hours"))  # fmt: skip
@click.argument("name", metavar=_NAME)
@click.option("--role", type=ROLES, default="approver", show_default=True,
              help=t("viewer melihat; approver memutuskan; admin juga mengurus orang",
                     "a viewer looks; an approver decides; an admin sees to the people too"))  # fmt: skip
@agency
@as_json
@click.pass_context
def invite(ctx: click.Context, name: str, role: str, agency: str, as_json: bool) -> None:
    """Print the link; it is shown this once only."""
    bot = open_bot(ctx)
    token = bot.staff.invite(name, role=role, agency=agency, actor=actor())
    base = bot.config.web.address or f"http://{bot.config.web.listen}"
    link = f"{base}/masuk/{token}"
    if as_json:
        dump({"name": name, "role": role, "link": link})
        return
    click.echo(link)
    click.echo(
        t("Kirim tautan ini kepada {n} saja. Berlaku 24 jam, sekali pakai; tidak dapat ditampilkan lagi.",
          "Send this link to {n} alone. It is good for 24 hours, once; it cannot be shown again.", n=name)
    )  # fmt: skip
    if not bot.config.web.address:
        click.echo(
            t("[web] address belum diisi, jadi tautan ini hanya terbuka di mesin ini.",
              "[web] address is not set, so that this link opens on this machine only.")
        )  # fmt: skip


@web.command("revoke", help=t("Keluarkan seseorang sekarang, di semua perambannya",
                              "Put a person out at once, in every browser"))  # fmt: skip
@click.argument("name", metavar=_NAME)
@agency
@as_json
@click.pass_context
def revoke(ctx: click.Context, name: str, agency: str, as_json: bool) -> None:
    """End their sessions and links."""
    bot = open_bot(ctx)
    ended = bot.staff.revoke(name, agency=agency, actor=actor())
    if as_json:
        dump({"name": name, "ended": ended})
        return
    click.echo(
        t("{n} dikeluarkan; {k} sesi dan tautan berakhir.", "{n} is out; {k} sessions and links ended.", n=name,
          k=ended)
    )  # fmt: skip


@web.command("people", help=t("Siapa yang boleh masuk, dan di berapa peramban",
                              "Who may come in, and in how many browsers"))  # fmt: skip
@as_json
@click.pass_context
def people(ctx: click.Context, as_json: bool) -> None:
    """List everybody."""
    bot = open_bot(ctx)
    rows = bot.staff.people()
    if as_json:
        dump(rows)
        return

    def row_of(row: dict[str, Any]) -> tuple[str, ...]:
        state = t("dikeluarkan", "out") if row["revoked_at"] else str(row["sessions"])
        state += t(" (diundang)", " (invited)") if row["invited"] else ""
        return (
            escape(row["name"]),
            row["role"],
            escape(row["agency"]),
            state,
            when(row["seen_at"], bot.config.zone),
        )

    table(
        t("Orang di halaman humas", "People of the page"),
        (t("Nama", "Name"), t("Peran", "Role"), t("Instansi", "Agency"), t("Peramban", "Browsers"),
         t("Terakhir", "Last seen")),
        map(row_of, rows),
        t("Belum ada; undang dengan: humasbot web invite NAMA", "Nobody yet; invite with: humasbot web invite NAME"),
    )  # fmt: skip

"""``humasbot subscribers``: who may be written to, with their consent; addresses are shown masked."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from humasbot.cli.common import NUMBER, actor, as_json, dump, escape, open_bot, table, when
from humasbot.errors import InputError
from humasbot.masking import masked
from humasbot.words import t

if TYPE_CHECKING:
    from humasbot.app import Humasbot
    from humasbot.models import Recipient, RecipientNotice

STATES = {
    "pending": ("menunggu konfirmasi", "waiting for confirmation"),
    "active": ("aktif", "active"),
    "stopped": ("berhenti", "stopped"),
    "bounced": ("alamat tidak ada", "no such address"),
    "sending": ("tidak diketahui", "unknown"),
    "sent": ("terkirim", "sent"),
    "refused": ("ditolak", "refused"),
    "later": ("nanti", "later"),
    "delivered": ("sampai", "delivered"),
    "read": ("dibaca", "read"),
    "failed": ("gagal", "failed"),
}
FILE = click.Path(exists=True, path_type=Path)
list_option = click.option(
    "--list", "list_name", default="utama", show_default=True, metavar=t("NAMA", "NAME"),
    help=t("nama daftar", "name of the list"),
)  # fmt: skip


@click.group()
def subscribers() -> None:
    """Subscribers by e-mail and WhatsApp, each with the consent."""


@subscribers.command(help=t("Tambah satu orang", "Add one person"))
@click.argument("address", metavar=t("ALAMAT", "ADDRESS"))
@click.option("--name", default="", help=t("nama orangnya", "the person's name"))
@list_option
@click.option("--how", default="", help=t("cara persetujuan, misalnya formulir loket", "how they consented"))
@click.option(
    "--evidence", default="", help=t("bukti persetujuan, misalnya nomor formulir", "what shows the consent")
)
@click.option(
    "--at", default="", help=t("kapan setuju, misalnya 2026-11-22", "when they consented, as 2026-11-22")
)
@as_json
@click.pass_context
def add(
    ctx: click.Context,
    address: str,
    name: str,
    list_name: str,
    how: str,
    evidence: str,
    at: str,
    as_json: bool,
) -> None:
    """With evidence the person is active at once; without, an e-mail address gets a letter to confirm."""
    from humasbot.pipeline.mailing import ask
    from humasbot.subscribers import vouch

    bot = open_bot(ctx)
    kind = "email" if "@" in address else "whatsapp"
    if evidence or kind == "whatsapp":
        row = vouch(bot.office.register, kind, address, at=_moment(at, bot.config.zone), how=how, evidence=evidence,
                    name=name, list_name=list_name)  # fmt: skip
    else:
        row = ask(bot.office, address, name=name, list_name=list_name, how=how)
    _told(row, as_json)


@subscribers.command(
    "import", help=t("Masukkan daftar dari CSV, dengan bukti persetujuan", "Bring in a CSV file")
)
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar=t("BERKAS", "FILE")
)
@click.option(
    "--check", is_flag=True, help=t("periksa saja, tidak mengubah apa pun", "only check, change nothing")
)
@as_json
@click.pass_context
def import_(ctx: click.Context, file: Path, check: bool, as_json: bool) -> None:
    """All rows or none; every fault is told by its row."""
    from humasbot.subscribers.table import bring_in

    bot = open_bot(ctx)
    brought = bring_in(bot.office.register, file.read_bytes(), bot.config.zone, check=check)
    if as_json:
        problems = [{"where": p.where, "message": p.message} for p in brought.problems]
        dump({"rows": brought.rows, "problems": problems, "check": check})
    else:
        for problem in brought.problems:
            click.secho(f"✗ {problem}", fg="red", err=True)
        if not brought.problems:
            click.echo(
                t(
                    "{n} baris baik; tidak ada yang diubah.",
                    "{n} rows are good; nothing was changed.",
                    n=brought.rows,
                )
                if check
                else t("{n} orang ada di daftar.", "{n} people are on the list.", n=brought.rows)
            )
    if brought.problems:
        if not as_json:
            words = t("tidak ada yang dimasukkan; perbaiki {n} kesalahan lalu ulangi",
                      "nothing was brought in; mend {n} faults and try again", n=len(brought.problems))  # fmt: skip
            click.secho(f"✗ {words}", fg="red", err=True)
        ctx.exit(1)


@subscribers.command(help=t("Konfirmasi dengan token dari surat", "Confirm with the token of the letter"))
@click.argument("token", metavar="TOKEN")
@as_json
@click.pass_context
def confirm(ctx: click.Context, token: str, as_json: bool) -> None:
    """For who read the token out on the telephone, say; its address works too."""
    from humasbot.subscribers import confirm as confirmed

    bot = open_bot(ctx)
    _told(confirmed(bot.office.register, token.rstrip("/").rpartition("/")[2]), as_json)


@subscribers.command(
    help=t("Hentikan kiriman kepada seseorang, seketika", "Write to somebody no more, at once")
)
@click.argument("address", metavar=t("ALAMAT", "ADDRESS"))
@click.option("--list", "list_name", default="", help=t("hanya daftar ini", "this list only"))
@click.option("--why", default="", help=t("alasan", "the reason"))
@as_json
@click.pass_context
def stop(ctx: click.Context, address: str, list_name: str, why: str, as_json: bool) -> None:
    """Holds for what is queued already, too."""
    from humasbot.subscribers import stop as stopped

    bot = open_bot(ctx)
    words = why or t("dihentikan oleh {a}", "stopped by {a}", a=actor())
    rows = stopped(bot.office.register, address=address, list_name=list_name, why=words)
    if as_json:
        dump({"stopped": [_plain(row, full=False) for row in rows]})
    else:
        for row in rows:
            click.echo(_line(row))


@subscribers.command("list", help=t("Daftar pelanggan", "The subscribers"))
@click.option("--list", "list_name", default="", help=t("hanya daftar ini", "this list only"))
@click.option(
    "--kind", type=click.Choice(["email", "whatsapp"]), default=None, help=t("hanya jenis ini", "this kind")
)
@click.option(
    "--state", type=click.Choice(list(STATES)[:4]), default=None, help=t("hanya keadaan ini", "this state")
)
@click.option("--full", is_flag=True, help=t("alamat lengkap", "addresses in full"))
@as_json
@click.pass_context
def list_(
    ctx: click.Context, list_name: str, kind: str | None, state: str | None, full: bool, as_json: bool
) -> None:
    """Masked, because a screen is seen by others."""
    from humasbot.subscribers import members

    bot = open_bot(ctx)
    rows = members(bot.office.register, kind=kind or "", name=list_name, states=[state] if state else [])
    if as_json:
        dump([_plain(row, full=full) for row in rows])
        return
    table(
        t("Pelanggan", "Subscribers"),
        (t("Daftar", "List"), t("Alamat", "Address"), t("Keadaan", "State"), t("Persetujuan", "Consent")),
        (
            (
                row.list_name,
                escape(row.address if full else masked(row.address)),
                t(*STATES[row.state]),
                escape(f"{when(row.consent_at, bot.config.zone)} {row.consent_how}".strip()),
            )
            for row in rows
        ),
        t(
            "belum ada pelanggan; tambahkan: humasbot subscribers add",
            "nobody yet; add: humasbot subscribers add",
        ),
    )


@subscribers.command(help=t("Tulis daftar ke CSV, dengan alamat lengkap", "Write the list to CSV, in full"))
@click.option(
    "-o", "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help=t("berkas", "file")
)
@click.option("--list", "list_name", default="", help=t("hanya daftar ini", "this list only"))
@click.option(
    "--kind", type=click.Choice(["email", "whatsapp"]), default=None, help=t("hanya jenis ini", "this kind")
)
@as_json
@click.pass_context
def export(ctx: click.Context, out: Path, list_name: str, kind: str | None, as_json: bool) -> None:
    """Readable by its owner only: it holds people's addresses."""
    from humasbot.subscribers.table import give_out

    bot = open_bot(ctx)
    text = give_out(bot.office.register, kind=kind or "", name=list_name)
    out.touch(mode=0o600)
    out.chmod(0o600)
    out.write_text("\ufeff" + text, encoding="utf-8", newline="")
    rows = text.count("\r\n") - 1
    if as_json:
        dump({"file": str(out), "rows": rows})
    else:
        click.echo(t("{n} orang ditulis ke {f}.", "{n} people were written to {f}.", n=rows, f=out))


@subscribers.command(help=t("Baca surat yang kembali (DSN)", "Read letters that came back (DSN)"))
@click.argument("files", nargs=-1, required=True, type=FILE, metavar=t("BERKAS…", "FILE…"))
@as_json
@click.pass_context
def bounces(ctx: click.Context, files: tuple[Path, ...], as_json: bool) -> None:
    """Files, mbox files, or folders (Maildir); who is gone for good is written to no more."""
    from dataclasses import asdict

    from humasbot.subscribers.bounces import take_in

    bot = open_bot(ctx)
    told = take_in(bot.office.register, files)
    if as_json:
        dump([asdict(one) for one in told])
        return
    words = {
        "bounced": t("alamat tidak ada, tidak dikirimi lagi", "no such address, written to no more"),
        "passing": t("gagal sementara, tetap di daftar", "failed for now, stays on the list"),
        "foreign": t("bukan surat kita, dibiarkan", "not a letter of ours, left alone"),
        "no-report": t("bukan laporan", "no report"),
    }
    for one in told:
        click.echo(f"{one.where}: {one.address} {one.status} {words[one.what]}".replace("  ", " "))


@subscribers.command(
    help=t("Hasil per orang sebuah pengiriman", "What became of a delivery, person by person")
)
@click.argument("delivery", type=NUMBER, metavar=t("NOMOR_PENGIRIMAN", "DELIVERY_NUMBER"))
@click.option(
    "--taken", is_flag=True, help=t("yang tidak diketahui: anggap sampai", "those unknown: they have it")
)
@click.option(
    "--again", is_flag=True, help=t("yang tidak diketahui: kirimi lagi", "those unknown: send again")
)
@as_json
@click.pass_context
def results(ctx: click.Context, delivery: int, taken: bool, again: bool, as_json: bool) -> None:
    """Those unknown wait for a person: they may have it already, and nobody gets it twice by itself."""
    from humasbot.subscribers.ledger import notices_of, results_of, settle

    if taken and again:
        raise InputError(t("pilih satu: --taken atau --again", "choose one: --taken or --again"))
    bot = open_bot(ctx)
    if taken or again:
        settle(bot.office.register, delivery, taken=taken, actor=actor())
        _look_again(bot, delivery)
    rows, notices = results_of(bot.office.register, delivery), notices_of(bot.office.register, delivery)
    if as_json:
        dump([{"address": masked(r.address), "state": x.state, "tries": x.tries, "note": x.note, "at": x.at,
               "told": _notice(notices.get(r.id or 0))}
              for r, x in rows])  # fmt: skip
        return
    table(
        t("Hasil pengiriman {n}", "Results of delivery {n}", n=delivery),
        (
            t("Alamat", "Address"),
            t("Hasil", "Result"),
            t("Kapan", "When"),
            t("Kabar", "Told"),
            t("Catatan", "Note"),
        ),
        (
            (
                escape(masked(r.address)),
                t(*STATES[x.state]),
                when(x.at, bot.config.zone),
                t(*STATES[told["state"]]) if (told := _notice(notices.get(r.id or 0))) else "",
                escape(x.note or (told["why"] if told else "")),
            )
            for r, x in rows
        ),
        t("pengiriman itu belum menulis kepada siapa pun", "that delivery has written to nobody yet"),
    )


@subscribers.command(
    help=t(
        "Layani halaman langganan dan webhook WhatsApp",
        "Serve the subscription pages and WhatsApp's webhooks",
    )
)
@click.option("--host", default="127.0.0.1", show_default=True, help=t("alamat", "address"))
@click.option("--port", default=8025, show_default=True, type=click.IntRange(0, 65535), help="port")
@click.pass_context
def serve(ctx: click.Context, host: str, port: int) -> None:
    """Behind the office's web server, which brings https; ends with Ctrl-C."""
    from humasbot.pipeline.receiving import inbox
    from humasbot.subscribers.serving import server

    bot = open_bot(ctx)
    told = inbox(bot.office)
    with server(bot.office.register, host, port, told) as running:
        click.echo(t("Melayani http://{h}:{p} (berhenti: Ctrl-C)", "Serving http://{h}:{p} (end: Ctrl-C)", h=host,
                     p=running.server_port))  # fmt: skip
        if told.lines():
            click.echo(t("Webhook WhatsApp: /whatsapp", "WhatsApp's webhooks: /whatsapp"))
        running.serve_forever(poll_interval=0.2)


def _notice(row: "RecipientNotice | None") -> dict[str, Any] | None:
    """What the platform told later of one message."""
    return None if row is None else {"state": row.state, "code": row.code, "why": row.why, "at": row.at}


def _look_again(bot: "Humasbot", number: int) -> None:
    """What was decided may settle the delivery, or let it go on; the daemon would see it at its next look."""
    from humasbot.models import Delivery
    from humasbot.pipeline.reconcile import look

    with bot.office.database.read() as session:
        row = session.get_one(Delivery, number)
    if row.state == "uncertain":
        look(bot.office, row)


def _moment(text: str, zone: Any) -> datetime:
    from humasbot.models import utc_now
    from humasbot.subscribers.table import moment

    return moment(text, zone) if text else utc_now()


def _told(row: "Recipient", as_json: bool) -> None:
    dump(_plain(row, full=False)) if as_json else click.echo(_line(row))


def _line(row: "Recipient") -> str:
    return f"{masked(row.address)} ({row.list_name}): {t(*STATES[row.state])}"


def _plain(row: "Recipient", *, full: bool) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "list": row.list_name,
        "address": row.address if full else masked(row.address),
        "name": row.name,
        "state": row.state,
        "consent_at": row.consent_at,
        "consent_how": row.consent_how,
        "consent_evidence": row.consent_evidence,
        "why": row.why,
        "changed_at": row.changed_at,
    }

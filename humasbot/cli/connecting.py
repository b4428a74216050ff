"""``humasbot connect`` and ``humasbot secrets``: a person's consent at the terminal, and what is kept of it."""

import select
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from humasbot.cli.common import actor, as_json, ask, dump, lines, open_bot, table, when
from humasbot.errors import InputError
from humasbot.words import t

if TYPE_CHECKING:
    from humasbot.connecting.loopback import Loopback

ASK_SECONDS = 0.3


class Terminal:
    """The person at this terminal, who may as well be behind a pipe."""

    def __init__(self, *, browser: bool = False) -> None:
        self._browser = browser

    def say(self, line: str) -> None:
        """See :class:`~humasbot.connecting.base.Talk`."""
        lines(line)

    def ask(self, question: str, *, hidden: bool = False, default: str = "", needed: bool = True) -> str:
        """See :class:`~humasbot.connecting.base.Talk`."""
        fallback = default if default or not needed else None
        shown = bool(default) and not hidden
        return str(click.prompt(question, hide_input=hidden, default=fallback, show_default=shown)).strip()

    def choose(self, question: str, options: Sequence[str]) -> int:
        """See :class:`~humasbot.connecting.base.Talk`."""
        for number, option in enumerate(options, start=1):
            lines(f"  {number}. {option}")
        return int(click.prompt(question, type=click.IntRange(1, len(options)))) - 1

    def open(self, address: str, listener: "Loopback | None") -> str:
        """See :class:`~humasbot.connecting.base.Talk`."""
        click.echo(t("Buka alamat ini di peramban, masuk dengan akun kantor, lalu setujui:",
                     "Open this address in a browser, sign in as the office, and agree:"))  # fmt: skip
        lines(f"\n{address}\n")
        if self._browser:
            click.launch(address)
        if listener is None:
            hint = t("Setelah setuju, peramban menuju alamat yang mungkin tidak terbuka; itu tidak apa-apa.",
                     "After that the browser goes to an address that may not open; that is all right.")  # fmt: skip
        else:
            hint = t("Menunggu jawaban … Bila peramban ada di komputer lain, halaman akhirnya tidak akan terbuka.",
                     "Waiting … If the browser is on another computer, its last page will not open.")  # fmt: skip
        click.echo(hint)
        click.echo(t("Tempel alamat lengkap dari bilah alamatnya di sini: ",
                     "Paste the whole address from its address bar here: "), nl=False)  # fmt: skip
        found = _first(listener)
        click.echo()
        return found


def _first(listener: "Loopback | None") -> str:
    """What arrives first: the redirect at our door, or a line that is pasted."""
    while listener is not None and _terminal():
        if found := listener.wait(ASK_SECONDS):
            return found
        if select.select([sys.stdin], [], [], 0)[0]:
            break
    line = sys.stdin.readline() if sys.stdin is not None else ""
    if not line and listener is not None and (found := listener.wait(600)):
        return found
    if not line:
        raise InputError(t("tidak ada jawaban, jadi tidak ada yang disimpan",
                           "there was no answer, so nothing was stored"))  # fmt: skip
    return line


def _terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.platform != "win32"


@click.command()
@click.argument("platform", metavar="PLATFORM")
@click.option(
    "--account", default="", metavar=t("NAMA", "NAME"),
    help=t("nama akun; pada armada INSTANSI/AKUN", "the account's name; on a fleet AGENCY/ACCOUNT"),
)  # fmt: skip
@click.option(
    "--via", default="", metavar="paste|instagram-login", help=t("cara lain menghubungkan", "another way to connect")
)  # fmt: skip
@click.option(
    "--redirect", default="", metavar=t("ALAMAT", "URL"),
    help=t("alamat balik yang terdaftar di aplikasi Anda", "the redirect that your app has registered"),
)  # fmt: skip
@click.option(
    "--address", "addresses", multiple=True, metavar=t("NAMA=ALAMAT", "NAME=URL"),
    help=t("alamat lain untuk authorize, token, atau api", "another address for authorize, token or api"),
)  # fmt: skip
@click.option(
    "--browser", is_flag=True, help=t("buka peramban di komputer ini", "open a browser on this computer")
)
@click.option(
    "--write", is_flag=True, help=t("tambahkan barisnya ke humasbot.toml", "add the lines to humasbot.toml")
)
@click.pass_context
def connect(
    ctx: click.Context,
    platform: str,
    account: str,
    via: str,
    redirect: str,
    addresses: tuple[str, ...],
    browser: bool,
    write: bool,
) -> None:
    """Connect an account: consent or paste, tried, stored encrypted."""
    bot = open_bot(ctx)
    given = dict(part.split("=", 1) for part in addresses if "=" in part)
    if len(given) != len(addresses):
        raise click.UsageError(t("tulis --address NAMA=ALAMAT", "write --address NAME=URL"))
    done = bot.connect(
        platform,
        Terminal(browser=browser),
        account=account,
        addresses=given,
        redirect=redirect,
        via=via,
        actor=actor(),
    )
    mark = click.style("✓", fg="green")
    who = f": {done.named}" if done.named else ""
    said = t("Akun {a} terhubung{w}; rahasianya tersimpan terenkripsi.",
             "The account {a} is connected{w}; its secrets are stored encrypted.", a=done.account, w=who)  # fmt: skip
    click.echo(f"{mark} {said}")
    if done.doubt:
        click.secho(
            t("! Belum dapat dicoba: {d}", "! It could not be tried yet: {d}", d=done.doubt), fg="yellow"
        )
    if done.lines:
        _lines(Path(ctx.obj["config"]), done.account, done.lines, write=write, configured=done.configured)
    if done.paused:
        click.echo(t("Akun ini masih dijeda; lanjutkan dengan: humasbot accounts resume {a}",
                     "The account is still paused; go on with: humasbot accounts resume {a}",
                     a=done.account))  # fmt: skip


def _lines(path: Path, account: str, text: str, *, write: bool, configured: bool) -> None:
    """Add the account's lines to the file if that is wanted and possible, else show them."""
    from humasbot.connecting.lines import add_account

    if write and not configured and add_account(path, account, text):
        click.echo(t("Ditambahkan di akhir {f}:", "Added at the end of {f}:", f=path.name))
    elif configured:
        click.echo(t("[accounts.{a}] sudah ada di {f} dan tidak diubah; pastikan isinya begini:",
                     "[accounts.{a}] is in {f} already and was not changed; make sure that it says:", a=account,
                     f=path.name))  # fmt: skip
    else:
        click.echo(t("Tambahkan ke {f}:", "Add to {f}:", f=path.name))
    lines(f"\n{text}")


@click.group()
def secrets() -> None:
    """What is kept encrypted: list, set, forget; the key: make, rotate."""


@secrets.command(help=t("Buat kunci penyimpanan", "Make the key of the store"))
@click.option("--print", "show", is_flag=True, help=t("hanya tampilkan kunci baru", "only print a new key"))
@click.pass_context
def key(ctx: click.Context, show: bool) -> None:
    """Make the key where the configuration says."""
    from humasbot.keyring import new_key
    from humasbot.pipeline.keeping import make_key

    if show:
        click.echo(new_key())
        return
    place = make_key(open_bot(ctx).office)
    click.echo(t("Kunci dibuat di {p}. Simpan cadangannya di tempat lain: tanpa kunci ini semua akun harus "
                 "dihubungkan lagi.",
                 "The key was made at {p}. Keep a copy elsewhere: without it every account has to be connected again.",
                 p=place))  # fmt: skip


@secrets.command("list", help=t("Yang tersimpan, tanpa isinya", "What is stored, without its content"))
@as_json
@click.pass_context
def listed(ctx: click.Context, as_json: bool) -> None:
    """List names and times; never a value."""
    from humasbot.keyring import Whose

    bot = open_bot(ctx)
    rows = bot.office.keyring.listed()
    said = {(row.account, row.agency_id): "" for row in rows}
    said = {whose: bot.office.keyring.spoken(Whose(*whose)) for whose in said}
    if as_json:
        names = ("name", "key_id", "renewed_at", "expires_at")
        dump([
            {"account": said[row.account, row.agency_id], **{name: getattr(row, name) for name in names}}
            for row in rows
        ])  # fmt: skip
        return
    zone = bot.office.zone
    table(
        t("Rahasia tersimpan", "Stored secrets"),
        (
            t("Akun", "Account"),
            t("Nama", "Name"),
            t("Diperbarui", "Renewed"),
            t("Habis", "Ends"),
            t("Kunci", "Key"),
        ),
        (
            (
                said[row.account, row.agency_id],
                row.name,
                when(row.renewed_at, zone),
                when(row.expires_at, zone),
                row.key_id,
            )
            for row in rows
        ),
        t("Belum ada rahasia yang tersimpan.", "No secret is stored yet."),
    )


@secrets.command("set", help=t("Simpan satu rahasia", "Store one secret"))
@click.argument("account", metavar=t("AKUN", "ACCOUNT"))
@click.argument("name", metavar=t("NAMA", "NAME"))
@click.pass_context
def put(ctx: click.Context, account: str, name: str) -> None:
    """Store a secret typed unseen, or read from standard input."""
    bot = open_bot(ctx)
    if sys.stdin is not None and sys.stdin.isatty():
        value = str(click.prompt(name, hide_input=True))
    else:
        value = sys.stdin.readline() if sys.stdin is not None else ""
    bot.keep(account, name, value, actor=actor())
    if "/" in account:
        click.echo(t('Tersimpan. Di accounts.csv tulis "stored" pada kolom {n}, lalu: humasbot fleet import',
                     'Stored. In accounts.csv write "stored" in the column {n}, then: humasbot fleet import',
                     n=name))  # fmt: skip
        return
    click.echo(t("Tersimpan. Di humasbot.toml tulis: {n} = {{ stored = true }}",
                 "Stored. In humasbot.toml write: {n} = {{ stored = true }}", n=name))  # fmt: skip


@secrets.command(help=t("Hapus yang tersimpan", "Delete what is stored"))
@click.argument("account", metavar=t("AKUN", "ACCOUNT"))
@click.argument("name", required=False, metavar=t("[NAMA]", "[NAME]"))
@click.option("--yes", is_flag=True, help=t("jangan bertanya", "do not ask"))
@click.pass_context
def forget(ctx: click.Context, account: str, name: str | None, yes: bool) -> None:
    """Delete the secrets of an account, or one of them."""
    from humasbot.pipeline import keeping

    bot = open_bot(ctx)
    if not yes and not ask(t("Hapus rahasia akun {a}?", "Delete the secrets of {a}?", a=account)):
        click.echo(t("Tidak ada yang berubah.", "Nothing changed."))
        return
    count = keeping.forget(bot.office, account, name, actor=actor())
    click.echo(t("{n} rahasia dihapus.", "Secrets deleted: {n}.", n=count))


@secrets.command("rotate", help=t("Ganti kunci penyimpanan", "Change the key of the store"))
@click.pass_context
def turn(ctx: click.Context) -> None:
    """Put everything under a new key, in one transaction."""
    from humasbot.pipeline.keeping import rotate

    count, made = rotate(open_bot(ctx).office, actor=actor())
    click.echo(t("{n} rahasia kini memakai kunci baru.", "Secrets under the new key: {n}.", n=count))
    if made:
        click.echo(t("Kunci lama masih di baris berikutnya berkas itu, untuk cadangan basis data yang lama; hapus bila "
                     "tidak diperlukan.", "The old key stays on the next line of that file, for old copies of the "
                     "database; remove it when it is not needed."))  # fmt: skip

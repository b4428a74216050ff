"""The command ``humasbot``: a door that parses, calls and renders; no rules here. Commands load on first use."""

import errno
import gc
import sys
from difflib import get_close_matches
from typing import Any

import click

from humasbot import __version__
from humasbot.cli.order import SECTIONS
from humasbot.words import reason, t

COMMANDS: dict[str, tuple[str, str, str]] = {
    "init": (
        "humasbot.cli.start",
        "Buat humasbot.toml dan .env.example",
        "Write humasbot.toml and .env.example",
    ),
    "connect": ("humasbot.cli.connecting", "Hubungkan sebuah akun", "Connect an account"),
    "secrets": (
        "humasbot.cli.connecting",
        "Rahasia terenkripsi dan kuncinya",
        "Encrypted secrets and their key",
    ),
    "check": ("humasbot.cli.checking", "Periksa semuanya, sebaris satu", "Check everything, one line each"),
    "demo": ("humasbot.cli.demo", "Kantor contoh, tanpa jaringan", "An example office, without network"),
    "announce": (
        "humasbot.cli.announcing",
        "Umumkan satu halaman ke semua akun",
        "Announce one page on every account",
    ),
    "daemon": ("humasbot.cli.running", "Jalankan terus-menerus", "Run for ever"),
    "worker": (
        "humasbot.cli.fleet",
        "Satu peran armada: publish, schedule, ingest",
        "One role of a fleet: publish, schedule, ingest",
    ),
    "fleet": (
        "humasbot.cli.fleet",
        "Armada: instansi dan akun dari CSV",
        "A fleet: agencies and accounts from CSV",
    ),
    "run": ("humasbot.cli.running", "Kerjakan sekali semua yang jatuh tempo", "Do once whatever is due"),
    "health": (
        "humasbot.cli.running",
        "Apakah daemon hidup dan bekerja",
        "Whether the daemon lives and works",
    ),
    "upgrade": (
        "humasbot.cli.backing",
        "Siapkan basis data untuk versi ini",
        "Prepare the database for this version",
    ),
    "backup": (
        "humasbot.cli.backing",
        "Cadangkan semuanya ke satu berkas",
        "Back everything up into one file",
    ),
    "restore": (
        "humasbot.cli.backing",
        "Pulihkan dari cadangan tanpa kirim ganda",
        "Restore a backup without sending twice",
    ),
    "export": (
        "humasbot.cli.backing",
        "Arsip kiriman untuk dokumen negara",
        "An archive of what was said, for the records",
    ),
    "import": (
        "humasbot.cli.importing",
        "Ambil rencana sebulan dari CSV atau XLSX",
        "Take a month's plan from CSV or XLSX",
    ),
    "preview": (
        "humasbot.cli.previewing",
        "Lihat teks dan kartu kampanye",
        "See a campaign's text and cards",
    ),
    "posts": ("humasbot.cli.lists", "Kiriman", "Posts"),
    "deliveries": ("humasbot.cli.lists", "Pengiriman dan riwayatnya", "Deliveries and their history"),
    "accounts": ("humasbot.cli.having", "Akun; lanjutkan yang dijeda", "Accounts; resume a paused one"),
    "quota": ("humasbot.cli.quotas", "Jatah dan biaya tiap akun", "Quota and cost of every account"),
    "sources": ("humasbot.cli.having", "Sumber berita", "Sources"),
    "source": ("humasbot.cli.detecting", "Kenali jenis sebuah situs", "Find out what kind of site it is"),
    "articles": (
        "humasbot.cli.lists",
        "Berita yang sudah dibaca; lepaskan yang ditahan",
        "Articles; release a held one",
    ),
    "proposals": (
        "humasbot.cli.proposals",
        "Usul koreksi: yang berubah di situs sesudah diumumkan",
        "Corrections to decide: what changed on the site after it was said",
    ),
    "campaigns": ("humasbot.cli.having", "Kampanye", "Campaigns"),
    "subscribers": (
        "humasbot.cli.subscribing",
        "Pelanggan surel dan WhatsApp, dengan persetujuannya",
        "Subscribers by e-mail and WhatsApp, with their consent",
    ),
    "platforms": ("humasbot.cli.having", "Platform dan batasnya", "Platforms and their limits"),
    "templates": (
        "humasbot.cli.templating",
        "Templat; salin untuk diubah",
        "Templates; copy one to change it",
    ),
    "cards": ("humasbot.cli.cards", "Kartu: galeri, gambar, periksa", "Cards: gallery, draw, check"),
    "calendar": ("humasbot.cli.calendar", "Hari besar setahun", "The observances of a year"),
    "lint": ("humasbot.cli.linting", "Periksa teks sebelum terbit", "Check a text before it goes out"),
    "agenda": (
        "humasbot.cli.agenda",
        "Acara dari kalender, dan isian laporannya",
        "The events of the calendar, and what their reports need",
    ),
    "gates": ("humasbot.cli.gating", "Hari yang menunggu keputusan", "Days that wait for a decision"),
    "gate": (
        "humasbot.cli.gating",
        "Tetapkan atau geser tanggal hari besar",
        "Confirm or shift the day of an observance",
    ),
    "mourning": (
        "humasbot.cli.gating",
        "Masa berkabung: bekukan yang meriah",
        "A time of mourning: freeze what is festive",
    ),
    "frozen": (
        "humasbot.cli.gating",
        "Yang ditahan; lepaskan atau batalkan",
        "What is held back; release or drop it",
    ),
    "correct": (
        "humasbot.cli.correcting",
        "Ralat kiriman yang sudah tampil",
        "Correct a post that is public",
    ),
    "withdraw": (
        "humasbot.cli.correcting",
        "Tarik kiriman yang sudah tampil",
        "Take back a post that is public",
    ),
    "web": (
        "humasbot.cli.webbing",
        "Halaman web: menyetujui lewat ponsel",
        "The web page: approving on a phone",
    ),
    "approve": ("humasbot.cli.deciding", "Setujui kiriman", "Approve a post"),
    "cancel": ("humasbot.cli.deciding", "Batalkan yang belum terkirim", "Cancel what is not sent yet"),
    "freeze": ("humasbot.cli.stopping", "Hentikan semua kiriman sekarang", "Stop all sending now"),
    "unfreeze": ("humasbot.cli.stopping", "Lepaskan pembekuan", "Lift a freeze"),
    "revoke": (
        "humasbot.cli.stopping",
        "Cabut kredensial sebuah akun sekarang",
        "Forget an account's credential now",
    ),
    "alerts": ("humasbot.cli.alerting", "Yang menunggu perhatian orang", "What waits for a person"),
    "audit": (
        "humasbot.cli.auditing",
        "Jejak audit: periksa, baca, ekspor",
        "The audit trail: check, read, export",
    ),
    "resolve": (
        "humasbot.cli.deciding",
        "Putuskan pengiriman yang belum pasti",
        "Settle an uncertain delivery",
    ),
}

_ATTRIBUTES = {"import": "import_"}
"""Commands that Python knows by another name."""


def _translate(command: click.Command) -> None:
    """Say click's own words of a usage line in the reader's language, in commands below a command too."""
    command.options_metavar = t("[PILIHAN]", "[OPTIONS]")
    if isinstance(command, click.Group):
        command.subcommand_metavar = t("PERINTAH …", "COMMAND …")
        for below in command.commands.values():
            _translate(below)


class Lazy(click.Group):
    """A group that imports a command's module only when that command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which they are shown."""
        return [name for _, names in SECTIONS for name in names]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import and return one command."""
        if name not in COMMANDS:
            return None
        from importlib import import_module

        command: click.Command = getattr(import_module(COMMANDS[name][0]), _ATTRIBUTES.get(name, name))
        command.help = t(*COMMANDS[name][1:])
        _translate(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but a wrong name is answered in the reader's language with the nearest right one."""
        if args and args[0] not in COMMANDS:
            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = t(" Maksud Anda {c}?", " Did you mean {c}?", c=near[0]) if near else ""
            raise click.UsageError(
                t("tidak ada perintah {c}; lihat humasbot --help.", "there is no command {c}; see humasbot --help.",
                  c=args[0]) + hint
            )  # fmt: skip
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any."""
        for title, names in SECTIONS:
            with formatter.section(t(*title)):
                formatter.write_dl([(name, t(*COMMANDS[name][1:])) for name in names])


@click.group(
    cls=Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    help=t(
        "Kata kantor Anda, sekali, di setiap kanal.",
        "An office's words, once, on every channel.",
    ),
    options_metavar=t("[PILIHAN]", "[OPTIONS]"),
    subcommand_metavar=t("PERINTAH …", "COMMAND …"),
)
@click.option(
    "-c", "--config", "path", default="humasbot.toml", show_default=True, envvar="HUMASBOT_CONFIG",
    metavar=t("BERKAS", "FILE"), help=t("berkas konfigurasi", "the configuration file"),
)  # fmt: skip
@click.option("--verbose", is_flag=True, help=t("tampilkan juga peristiwa biasa", "show ordinary events too"))
@click.version_option(
    __version__, message="humasbot %(version)s", help=t("tampilkan versi program", "show the program's version")
)  # fmt: skip
@click.pass_context
def cli(ctx: click.Context, path: str, verbose: bool) -> None:
    """Remember what the commands need."""
    ctx.ensure_object(dict).update(config=path, verbose=verbose)


def main(arguments: list[str] | None = None) -> Any:
    """The entry point: every fault is one clear sentence and an exit code, never a traceback."""
    from humasbot.cli import phrases, showing
    from humasbot.errors import ConfigError, HumasbotError

    # Loading makes half a million objects that live on: to look through them for garbage takes a tenth of a command.
    gc.set_threshold(100_000, 50, 100)
    phrases.install()
    showing.tame(sys.stdout, sys.stderr)
    memory: dict[str, Any] = {}
    try:
        # Without its standalone mode click returns the code that a command asked to exit with.
        code = cli.main(args=arguments, prog_name="humasbot", standalone_mode=False, obj=memory)
        sys.exit(code if isinstance(code, int) else 0)
    except (click.Abort, KeyboardInterrupt):
        _say(_stopped(memory))
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except ConfigError as error:
        for problem in error.problems:
            _say(str(problem))
        sys.exit(2)
    except HumasbotError as error:
        _say(str(error))
        sys.exit(1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _say(where + reason(error) + _advice(error))
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - nobody at an office can read a traceback
        _unforeseen(error, memory)
        sys.exit(1)
    finally:
        if (
            arguments is None
        ):  # the process ends here: its last search for garbage would take a fifth of a command
            gc.freeze()


def _advice(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return t("; kosongkan ruang lalu ulangi", "; make room and try again")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return t("; periksa hak tulis folder itu", "; check the rights of that folder")
    return ""


def _stopped(memory: dict[str, Any]) -> str:
    if memory.get("begun"):
        return t(
            "dihentikan; yang sudah mulai dikirim tercatat, sisanya tetap antre. Lihat: humasbot deliveries",
            "stopped; what was begun is recorded, the rest stays queued. See: humasbot deliveries",
        )
    return t("dihentikan; tidak ada yang berubah", "stopped; nothing changed")


def _unforeseen(error: Exception, memory: dict[str, Any]) -> None:
    """What nobody foresaw: named by its class only, because its words may hold a secret."""
    kind = type(error).__name__
    _say(
        t("kesalahan yang tidak terduga ({e}); ulangi dengan humasbot --verbose … dan laporkan kepada pembuatnya",
          "a fault that nobody foresaw ({e}); try again with humasbot --verbose … and report it", e=kind)
    )  # fmt: skip
    if memory.get("verbose"):
        import traceback

        click.echo("".join(traceback.format_tb(error.__traceback__)).rstrip(), err=True)


def _say(sentence: str) -> None:
    click.secho(f"✗ {sentence}", fg="red", err=True)

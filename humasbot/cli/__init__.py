"""The command ``humasbot``: a door that parses, calls and renders; no rules here. Commands load on first use."""

import errno
import gc
import sys
from difflib import get_close_matches
from typing import Any

import click

from humasbot import __version__
from humasbot.cli.order import COMMANDS, SECTIONS
from humasbot.words import reason, t

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

        module, *helps = COMMANDS[name]
        command: click.Command = getattr(import_module(f"humasbot.cli.{module}"), _ATTRIBUTES.get(name, name))
        command.help = t(*helps)
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
        for title, commands in SECTIONS:
            with formatter.section(t(*title)):
                formatter.write_dl([(name, t(*helps)) for name, (_, *helps) in commands.items()])


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

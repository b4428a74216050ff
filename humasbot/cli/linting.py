"""``humasbot lint``: every fault of a text with its words, its rule and the law behind it."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from humasbot.cli.common import as_json, dump, lines, open_bot, read_stdin
from humasbot.cli.gating import DAY
from humasbot.errors import InputError
from humasbot.words import reason, t

if TYPE_CHECKING:
    from humasbot.occasions.findings import Finding

LONGEST = 1_000_000


@click.command()
@click.argument("what", metavar=t("BERKAS|-|NOMOR_KIRIMAN", "FILE|-|POST_NUMBER"))
@click.option("--on", "on", type=DAY, metavar="2026-12-01",
              help=t("hari terbitnya; bila kosong hari ini", "the day it goes out; today by default"))  # fmt: skip
@click.option("--news", is_flag=True,
              help=t("ini berita: siapa, di mana, kapan dan sumbernya harus ada",
                     "this is news: who, where, when and its source must be there"))  # fmt: skip
@click.option("--audience", type=click.Choice(["warga", "desa", "opd", "pimpinan"]), default=None,
              metavar=t("PEMBACA", "AUDIENCE"),
              help=t("ukur untuk: warga, desa, opd, pimpinan",
                     "measure it for: warga, desa, opd, pimpinan"))  # fmt: skip
@as_json
@click.pass_context
def lint(
    ctx: click.Context, what: str, on: date | None, news: bool, audience: str | None, as_json: bool
) -> None:
    """Check a text; ends with 1 when something blocks it."""
    rows = []
    for name, text, day in _texts(ctx, what, on):
        rows += [_row(name, finding) for finding in _findings(ctx, text, day, news, audience or "")]
    if as_json:
        dump(rows)
    for row in rows if not as_json else ():
        mark = "✗" if row["severity"] == "block" else "!"
        quoted = f"“{row['words']}”: " if row["words"] and row["words"] not in row["message"] else ""
        lines(f"{mark} {row['where']}{quoted}{row['message']} [{row['rule']}: {row['basis']}]")
        if row["suggestion"]:
            lines(f"    → {row['suggestion']}")
    if not rows and not as_json:
        click.echo(t("Tidak ada yang perlu diperbaiki.", "Nothing is to be mended."))
    if any(row["severity"] == "block" for row in rows):
        ctx.exit(1)


def _texts(ctx: click.Context, what: str, on: date | None) -> list[tuple[str, str, date]]:
    """Each text to check: what it is called, its words, and the day it will be read."""
    if what.isdecimal() and not Path(what).exists():
        bot = open_bot(ctx)
        post = bot.views.post(int(what))
        return [
            (f"{row['account']}: ", row["text"], on or row["due_at"].astimezone(bot.config.zone).date())
            for row in post["variants"]
        ]
    day = on or date.today()  # noqa: DTZ011 - the day where the person sits
    if what == "-":
        return [("", read_stdin(), day)]
    path = Path(what)
    try:
        if path.stat().st_size > LONGEST:
            raise InputError(t("{w} terlalu besar", "{w} is too large", w=what))
        return [("", path.read_text(encoding="utf-8-sig"), day)]
    except (OSError, UnicodeDecodeError) as error:
        why = reason(error) if isinstance(error, OSError) else t("bukan teks UTF-8", "not UTF-8 text")
        raise InputError(
            t("{w} tidak terbaca: {why}", "{w} cannot be read: {why}", w=what, why=why)
        ) from None


def _findings(ctx: click.Context, text: str, day: date, news: bool, audience: str) -> "list[Finding]":
    """By the office's rules where there is an office here, else by ours alone."""
    from humasbot.config import Config, read
    from humasbot.occasions.lint_words import alts_of
    from humasbot.pipeline import checks

    config: Config | None = ctx.obj.get("lint_config")
    if config is None:
        path = Path(ctx.obj["config"])
        config = read(path)[0] if path.is_file() else None
        config = config or Config.model_validate({"folder": Path.cwd(), "agency": {"name": "-"}})
        ctx.obj["lint_config"] = config
    return checks.findings(
        config, text, day=day, alts=alts_of(text), news=text if news else None, audience=audience
    )


def _row(where: str, finding: "Finding") -> dict[str, Any]:
    from humasbot.occasions.lint_personal import masked

    personal = finding.rule.startswith("personal-")
    return {
        "where": where,
        "words": masked(finding.words) if personal else finding.words,
        "start": finding.start,
        "end": finding.end,
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "basis": finding.basis,
        "suggestion": finding.suggestion,
    }

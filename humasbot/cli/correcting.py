"""``humasbot correct`` and ``humasbot withdraw``: what is public already is put right, or taken back."""

from typing import TYPE_CHECKING, Any

import click

from humasbot.cli.common import (
    NUMBER,
    actor,
    as_json,
    ask,
    begin,
    dump,
    escape,
    heading,
    lines,
    open_bot,
    state_word,
)
from humasbot.cli.showing import console, waiting
from humasbot.errors import InputError
from humasbot.words import t

if TYPE_CHECKING:
    from humasbot.app import Humasbot
    from humasbot.pipeline.correct import Correction
    from humasbot.pipeline.public import Left

WAYS = {
    "edit": ("diubah di tempatnya", "changed in its place"),
    "reply": ("balasan", "reply"),
    "new": ("kiriman baru", "new post"),
}


@click.command()
@click.argument("post", type=NUMBER, metavar=t("NOMOR_KIRIMAN", "POST_NUMBER"))
@click.option(
    "--text", default="", metavar=t("RALAT", "TEXT"), help=t("bunyi ralatnya", "what the correction says")
)
@click.option(
    "--from-site", is_flag=True, help=t("pakai bunyi halaman situs sekarang", "use the page's present words")
)
@click.option("--dry-run", is_flag=True, help=t("tampilkan saja", "show only"))
@click.option("--yes", is_flag=True, help=t("jangan bertanya", "do not ask"))
@as_json
@click.pass_context
def correct(
    ctx: click.Context, post: int, text: str, from_site: bool, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Compose, preview, ask, correct."""
    if bool(text.strip()) == from_site:
        raise click.UsageError(
            t('beri --text "…" atau --from-site, salah satu', 'give --text "…" or --from-site, one of them')
        )
    _must_not_ask(as_json, yes or dry_run)
    bot = open_bot(ctx, level="critical")
    with waiting(t("Menyusun ralat…", "Composing the correction…")):
        found = bot.correction(post, text=text)
    made = decide(ctx, bot, [found], yes=yes, dry_run=dry_run, quiet=as_json)
    if as_json:
        dump(_summary([found], made))


def decide(
    ctx: click.Context,
    bot: "Humasbot",
    found: "list[Correction]",
    *,
    yes: bool,
    dry_run: bool = False,
    quiet: bool = False,
    proposal: int | None = None,
) -> dict[int, tuple[int, ...]]:
    """Show corrections, ask for a yes, make and send them; by each new Post, its Deliveries."""
    if not quiet:
        for each in found:
            show(each)
    if problems := [problem for each in found for problem in each.problems]:
        raise InputError(
            t("belum dapat diralat:", "cannot be corrected yet:") + "\n- " + "\n- ".join(problems)
        )
    if dry_run:
        return {}
    count = sum(len(each.drafts) for each in found)
    if not (yes or ask(t("Ralat di {n} akun sekarang?", "Correct on {n} accounts now?", n=count))):
        raise click.Abort
    begin(ctx)
    made = bot.correct(found, actor=actor(), proposal=proposal)
    bot.publish(only=[number for numbers in made.values() for number in numbers])
    if not quiet:
        for post in made:
            _came_of(bot, post)
    return made


def show(found: "Correction") -> None:
    """The correction as each account will say it, and where it is not made."""
    from humasbot.pipeline.correct import way_of

    screen = console()
    screen.print(f"[bold]{escape(found.title)}[/bold]", soft_wrap=True)
    for draft in found.drafts:
        screen.print(
            heading(draft.account.name, draft.account.platform, t(*WAYS[way_of(draft)])), soft_wrap=True
        )
        lines(draft.text)
        for note in draft.notes:
            screen.print(f"[yellow]→ {escape(note)}[/yellow]", soft_wrap=True)
        for problem in draft.problems:
            screen.print(f"[red]✗ {escape(problem)}[/red]", soft_wrap=True)
    _left(found.left)


def _left(left: "tuple[Left, ...]") -> None:
    for each in left:
        lines(f"! {each.account} ({each.platform}): {each.advice} {each.url}".rstrip())


def _came_of(bot: "Humasbot", post: int) -> None:
    for row in bot.views.post(post)["variants"]:
        lines(f"{row['account']}: {state_word(row['state'])} {row['url'] or row['reason']}".rstrip())


def _summary(found: "list[Correction]", made: dict[int, tuple[int, ...]]) -> dict[str, Any]:
    from humasbot.pipeline.correct import way_of

    return {
        "drafts": [
            {"account": draft.account.name, "platform": draft.account.platform, "how": way_of(draft),
             "text": draft.text, "notes": list(draft.notes), "problems": list(draft.problems)}
            for each in found for draft in each.drafts
        ],
        "left": [_told(left) for each in found for left in each.left],
        "posts": {str(post): list(deliveries) for post, deliveries in made.items()},
    }  # fmt: skip


def _told(left: "Left") -> dict[str, str]:
    return {"account": left.account, "platform": left.platform, "url": left.url, "advice": left.advice}


def _must_not_ask(as_json: bool, silent: bool) -> None:
    if as_json and not silent:
        raise click.UsageError(
            t("--json tidak dapat bertanya; tambahkan --yes", "--json cannot ask; add --yes")
        )


@click.command()
@click.argument("post", type=NUMBER, metavar=t("NOMOR_KIRIMAN", "POST_NUMBER"))
@click.option(
    "--reason", default="", metavar=t("ALASAN", "REASON"), help=t("mengapa ditarik", "why it is withdrawn")
)
@click.option(
    "--done",
    metavar=t("AKUN", "ACCOUNT"),
    help=t("di akun ini sudah dihapus sendiri", "it was deleted by hand on this account"),
)
@click.option("--yes", is_flag=True, help=t("jangan bertanya", "do not ask"))
@as_json
@click.pass_context
def withdraw(ctx: click.Context, post: int, reason: str, done: str | None, yes: bool, as_json: bool) -> None:
    """Delete a post wherever it can be deleted; list where it cannot."""
    if done is not None:
        _deleted(open_bot(ctx, level="critical"), post, done, as_json=as_json)
        return
    if not reason:
        raise click.UsageError(t("sebutkan alasannya: --reason", "say why: --reason"))
    _must_not_ask(as_json, yes)
    bot = open_bot(ctx, level="critical")
    title = bot.views.post(post)["title"]
    question = t("Tarik kiriman {n} ({title}) dari semua akun?", "Withdraw post {n} ({title}) from every account?",
                 n=post, title=title)  # fmt: skip
    if not (yes or ask(question)):
        raise click.Abort
    begin(ctx)
    found = bot.withdraw(post, reason=reason, actor=actor())
    if as_json:
        left = [_told(each) for each in found.left]
        dump({"post": post, "gone": list(found.gone), "stopped": found.stopped, "left": left})
    else:
        click.echo(t("Dihapus di {n} akun; {m} dihentikan sebelum terkirim.",
                     "Deleted on {n} accounts; {m} stopped before they were sent.", n=len(found.gone),
                     m=found.stopped))  # fmt: skip
        _left(found.left)
    ctx.exit(1 if found.left else 0)


def _deleted(bot: "Humasbot", post: int, account: str, *, as_json: bool) -> None:
    number = bot.withdrawn(post, account, actor=actor())
    if as_json:
        dump({"post": post, "account": account, "deleted": number})
    else:
        click.echo(t("Dicatat: sudah dihapus di {a}.", "Noted: it was deleted on {a}.", a=account))

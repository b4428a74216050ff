"""``humasbot announce``: one page of the website, previewed, agreed to, and said on every account."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from humasbot.cli.common import actor, as_json, dump, escape, open_bot, state_name, table, when
from humasbot.errors import InputError
from humasbot.words import t

if TYPE_CHECKING:
    from humasbot.app import Humasbot
    from humasbot.pipeline.announce import Proposal, Standing


@click.command()
@click.argument("where", metavar="URL|FILE|-")
@click.option(
    "--to",
    "to",
    multiple=True,
    metavar="ACCOUNT",
    help=t("hanya akun ini (boleh diulang)", "only this account (may be repeated)"),
)
@click.option(
    "--at",
    "at",
    metavar='"2026-12-01 07:00"',
    help=t("waktu terbit, di zona kantor", "when, in the office's zone"),
)
@click.option(
    "--dry-run", is_flag=True, help=t("tampilkan saja; tidak ada yang berubah", "show only; nothing changes")
)
@click.option("--yes", is_flag=True, help=t("jangan bertanya", "do not ask"))
@as_json
@click.pass_context
def announce(
    ctx: click.Context,
    where: str,
    to: tuple[str, ...],
    at: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Read, compose, preview, ask, publish."""
    bot = open_bot(ctx)
    moment = parse_at(at, bot.config.zone) if at else None
    stdin = sys.stdin.read() if where == "-" else ""
    proposal = bot.propose(where, to=to or ("*",), at=moment, stdin=stdin)
    if not as_json:
        _preview(bot, proposal)
    made: tuple[int, ...] = ()
    if proposal.drafts and not dry_run:
        if proposal.problems:
            raise InputError(
                t("belum dapat diterbitkan:", "cannot be published yet:")
                + "\n- "
                + "\n- ".join(proposal.problems)
            )
        if not (yes or as_json or _agreed(len(proposal.drafts), moment, bot.config.zone, where)):
            raise click.Abort
        made = bot.commit(proposal, actor=actor()).deliveries
        if moment is None and made:
            bot.publish(only=made)
    stands = bot.standing(proposal.matter.subject or "")
    if as_json:
        dump(_summary(proposal, stands, made, dry_run=dry_run))
    else:
        _report(bot, proposal, stands, made, dry_run=dry_run)
    chosen = [stand for stand in stands if stand.delivery_id in made]
    if any(stand.state in ("failed", "uncertain") for stand in chosen):
        ctx.exit(1)


def parse_at(text: str, zone: ZoneInfo) -> datetime:
    """Read ``2026-12-01 07:00`` in the agency's zone; one that names its own offset keeps it.

    Raises :class:`~humasbot.errors.InputError`.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InputError(
            t('--at "{x}" tidak terbaca; tulis misalnya "2026-12-01 07:00"',
              '--at "{x}" cannot be read; write "2026-12-01 07:00"', x=text)
        ) from None  # fmt: skip
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _agreed(count: int, moment: datetime | None, zone: ZoneInfo, where: str) -> bool:
    question = t("Terbitkan di {n} akun {w}?", "Publish on {n} accounts {w}?", n=count,
                 w=when(moment, zone) if moment else t("sekarang", "now"))  # fmt: skip
    if where == "-":
        # Standard input was the announcement itself, so the answer must come from the terminal.
        try:
            with open("/dev/tty", encoding="utf-8") as terminal:
                click.echo(f"{question} [y/N]: ", nl=False)
                return terminal.readline().strip().lower() in ("y", "ya", "yes")
        except OSError:
            raise InputError(
                t(
                    "tidak ada terminal untuk bertanya; tambahkan --yes",
                    "there is no terminal to ask on; add --yes",
                )
            ) from None
    return click.confirm(question)


def _preview(bot: "Humasbot", proposal: "Proposal") -> None:
    from rich.console import Console

    console = Console()
    console.print(f"[bold]{escape(proposal.item.title)}[/bold]")
    if proposal.item.url:
        console.print(f"[dim]{escape(proposal.item.url)}[/dim]", soft_wrap=True)
    for warning in proposal.warnings:
        console.print(f"[yellow]! {escape(warning)}[/yellow]")
    for draft in proposal.drafts:
        console.rule(f"{draft.account.name} · {draft.account.platform}", align="left")
        console.print(escape(draft.text))
        for media in draft.media:
            size = f"{media.width}×{media.height}, {len(media.data) // 1000} kB"
            console.print(f"[dim]▣ {size} – {escape(media.alt)}[/dim]")
        for note in draft.notes:
            console.print(f"[yellow]→ {escape(note)}[/yellow]")
        for problem in draft.problems:
            console.print(f"[red]✗ {escape(problem)}[/red]")


def _report(
    bot: "Humasbot", proposal: "Proposal", stands: "list[Standing]", made: tuple[int, ...], *, dry_run: bool
) -> None:
    if dry_run:
        click.echo(t("Uji coba: tidak ada yang diterbitkan.", "Dry run: nothing was published."))
    elif not proposal.drafts:
        click.echo(
            t(
                "Sudah pernah diumumkan; tidak ada yang dikirim lagi.",
                "Announced before; nothing is sent again.",
            )
        )
    if stands:
        zone = bot.config.zone
        table(
            t("Kedudukan", "Where it stands"),
            (
                t("Akun", "Account"),
                t("Keadaan", "State"),
                t("Waktu", "When"),
                t("Alamat atau keterangan", "Address or note"),
            ),
            (
                (s.account, state_name(s.state), when(s.due_at, zone), escape(s.url or s.reason))
                for s in stands
            ),
            "",
        )
    if made and any(stand.state == "queued" for stand in stands):
        click.echo(
            t("Yang antre dikirim oleh: humasbot daemon", "What is queued is sent by: humasbot daemon")
        )


def _summary(
    proposal: "Proposal", stands: "list[Standing]", made: tuple[int, ...], *, dry_run: bool
) -> dict[str, Any]:
    return {
        "title": proposal.item.title,
        "url": proposal.item.url,
        "dry_run": dry_run,
        "warnings": list(proposal.warnings),
        "drafts": [
            {
                "account": draft.account.name,
                "platform": draft.account.platform,
                "text": draft.text,
                "media": [{"mime": m.mime, "width": m.width, "height": m.height, "alt": m.alt} for m in draft.media],
                "notes": list(draft.notes),
                "problems": list(draft.problems),
            }
            for draft in proposal.drafts
        ],
        "deliveries": list(made),
        "standing": [
            {"account": s.account, "platform": s.platform, "state": s.state, "post": s.post_id,
             "delivery": s.delivery_id, "url": s.url, "due_at": s.due_at, "reason": s.reason}
            for s in stands
        ],
    }  # fmt: skip

"""``humasbot announce``: one page of the website, previewed, agreed to, and said on every account."""

import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from humasbot.cli.common import (
    actor,
    as_json,
    ask,
    begin,
    dump,
    escape,
    heading,
    lines,
    open_bot,
    read_stdin,
    state_name,
    table,
    warn_of_freeze,
    when,
)
from humasbot.cli.nexts import say_what_to_do, tried_again
from humasbot.cli.showing import console, waiting
from humasbot.errors import InputError
from humasbot.indonesian import ZONES, long_moment
from humasbot.words import t

if TYPE_CHECKING:
    from humasbot.app import Humasbot
    from humasbot.pipeline.announce import Proposal, Standing

PATIENCE = 15.0
"""Seconds to wait for another process that is sending something on the same account."""
_WHEN = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})[T ]+(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?::(?P<second>\d{2}))?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2}|WIB|WITA|WIT)?",
    re.IGNORECASE | re.ASCII,
)


@click.command()
@click.argument("where", metavar=t("ALAMAT|BERKAS|-", "URL|FILE|-"))
@click.option(
    "--to",
    "to",
    multiple=True,
    metavar=t("AKUN", "ACCOUNT"),
    help=t("hanya akun ini (boleh diulang)", "only this account (may be repeated)"),
)
@click.option(
    "--at",
    "at",
    metavar='"2026-12-01 07:00"',
    help=t("waktu terbit, di zona kantor", "when, in the office's zone"),
)
@click.option(
    "--again",
    is_flag=True,
    help=t("juga di akun yang dulu menariknya", "also on accounts where it was withdrawn before"),
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
    again: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Read, compose, preview, ask, publish."""
    if as_json and not (yes or dry_run):
        raise click.UsageError(
            t("--json tidak dapat bertanya; tambahkan --yes (terbitkan) atau --dry-run (lihat saja)",
              "--json cannot ask; add --yes (publish) or --dry-run (only look)")
        )  # fmt: skip
    bot = open_bot(ctx, level="critical")
    moment = parse_at(at, bot.config.zone) if at is not None else None
    stdin = read_stdin() if where == "-" else ""
    with waiting(t("Membaca dan menyusun…", "Reading and composing…")):
        proposal = bot.propose(where, to=to or ("*",), at=moment, stdin=stdin, again=again)
    if not as_json:
        _preview(bot, proposal, moment)
    made: tuple[int, ...] = ()
    if proposal.drafts and not dry_run:
        if proposal.problems:
            raise InputError(
                t("belum dapat diterbitkan:", "cannot be published yet:")
                + "\n- "
                + "\n- ".join(proposal.problems)
            )
        if not (yes or ask(_question(proposal, moment, bot.config.zone), terminal=where == "-")):
            raise click.Abort
        begin(ctx)
        made = bot.commit(proposal, actor=actor()).deliveries
        if moment is None and made:
            _publish(bot, made)
    stands = bot.standing(proposal.matter.subject or "")
    if as_json:
        dump(_summary(proposal, stands, made, dry_run=dry_run))
    else:
        _report(bot, proposal, stands, made, dry_run=dry_run)
    ctx.exit(1 if _unsent(stands, made, moment) else 0)


def parse_at(text: str, zone: ZoneInfo) -> datetime:
    """Read ``2026-12-01 07:00`` in the agency's zone; one that names its own offset or zone keeps it.

    Raises :class:`~humasbot.errors.InputError`.
    """
    found = _WHEN.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError
        clock = f"{int(found['hour']):02}:{found['minute']}:{found['second'] or '00'}"
        named = (found["zone"] or "").upper()
        own = next((ZoneInfo(key) for key, name in ZONES.items() if name == named), None)
        moment = datetime.fromisoformat(f"{found['day']}T{clock}{'' if own else named}")
    except ValueError:
        raise InputError(
            t('--at "{x}" tidak terbaca; tulis misalnya "2026-12-01 07:00"',
              '--at "{x}" cannot be read; write "2026-12-01 07:00"', x=text)
        ) from None  # fmt: skip
    return moment if moment.tzinfo else moment.replace(tzinfo=own or zone)


def _question(proposal: "Proposal", moment: datetime | None, zone: ZoneInfo) -> str:
    real = [draft.account.name for draft in proposal.drafts if not draft.account.dry_run]
    if not real:
        return t("Semua akun dalam uji coba: tidak ada yang terbit. Catat?",
                 "Every account is in dry run: nothing goes out. Record it?")  # fmt: skip
    return t("Terbitkan di {n} akun {w}?", "Publish on {n} accounts {w}?", n=len(real),
             w=when(moment, zone) if moment else t("sekarang", "now"))  # fmt: skip


def _publish(bot: "Humasbot", made: Sequence[int]) -> None:
    """Send what was made; where another process is just sending on the same account, wait for our turn."""
    until = time.monotonic() + PATIENCE
    while True:
        bot.publish(only=made)
        behind = {row["account"] for row in bot.views.deliveries(10_000, state="queued")
                  if row["id"] in made and not row["reason"]}  # fmt: skip
        busy = behind & {row["account"] for row in bot.views.deliveries(10_000, state="sending")}
        if not busy or time.monotonic() > until:
            return
        time.sleep(0.3)


def _unsent(stands: "Sequence[Standing]", made: Sequence[int], moment: datetime | None) -> bool:
    """Whether something that should be out by now is not."""
    bad = {"failed", "uncertain"} | ({"queued"} if moment is None else set())
    return any(stand.state in bad for stand in stands if stand.delivery_id in made)


def _preview(bot: "Humasbot", proposal: "Proposal", moment: datetime | None) -> None:
    screen = console()
    screen.print(f"[bold]{escape(proposal.item.title)}[/bold]", soft_wrap=True)
    if proposal.item.url:
        screen.print(f"[dim]{escape(proposal.item.url)}[/dim]", soft_wrap=True)
    if moment is not None:
        lines(t("Terbit: {at}", "To go out: {at}", at=long_moment(moment, bot.config.zone)))
    for warning in proposal.warnings:
        screen.print(f"[yellow]! {escape(warning)}[/yellow]", soft_wrap=True)
    for draft in proposal.drafts:
        trial = f"[cyan]{t('uji coba', 'dry run')}[/cyan]" if draft.account.dry_run else ""
        screen.print(heading(draft.account.name, draft.account.platform, trial), soft_wrap=True)
        lines(draft.text)
        for media in draft.media:
            size = f"{media.width}×{media.height}, {len(media.data) // 1000} kB"
            screen.print(f"[dim]▣ {size} – {escape(media.alt)}[/dim]", soft_wrap=True)
        for note in draft.notes:
            screen.print(f"[yellow]→ {escape(note)}[/yellow]", soft_wrap=True)
        for problem in draft.problems:
            screen.print(f"[red]✗ {escape(problem)}[/red]", soft_wrap=True)


def _report(
    bot: "Humasbot", proposal: "Proposal", stands: "list[Standing]", made: tuple[int, ...], *, dry_run: bool
) -> None:
    said_before = not made and not any(draft.account.dry_run for draft in proposal.drafts)
    if dry_run:
        click.echo(t("Uji coba: tidak ada yang diterbitkan.", "Dry run: nothing was published."))
    elif proposal.drafts and not made and any(stand.state == "draft" for stand in stands):
        click.echo(
            t(
                "Persetujuan Anda dicatat; satu orang lain masih harus menyetujui.",
                "Your yes is recorded; one other person has to approve.",
            )
        )
    elif said_before:
        click.echo(
            t(
                "Sudah pernah diumumkan; tidak ada yang dikirim lagi.",
                "Announced before; nothing is sent again.",
            )
        )
    if stands:
        _stands(bot, stands)
    if made and any(stand.state == "queued" for stand in stands):
        click.echo(
            t(
                "Yang antre dikirim oleh humasbot daemon, atau oleh humasbot run.",
                "What is queued is sent by humasbot daemon, or by humasbot run.",
            )
        )


def _stands(bot: "Humasbot", stands: "list[Standing]") -> None:
    zone, own = bot.config.zone, bot.config.agency.key
    paused = {row["name"]: row["paused_why"] for row in bot.views.accounts() if row["agency"] == own}
    warn_of_freeze(bot.freezes(), zone)
    table(
        t("Kedudukan", "Where it stands"),
        (
            t("Akun", "Account"),
            t("Keadaan", "State"),
            t("Waktu", "When"),
            t("Alamat atau keterangan", "Address or note"),
        ),
        (
            (
                s.account,
                state_name(s.state),
                when(s.due_at, zone),
                escape(_note(s, paused.get(s.account, ""), zone)),
            )
            for s in stands
        ),
        "",
        notes=True,
    )
    say_what_to_do(
        (s.account for s in stands if s.state == "failed"),
        (s.account for s in stands if s.state == "queued" and paused.get(s.account)),
    )


def _note(stand: "Standing", paused: str, zone: ZoneInfo) -> str:
    """The address, or why it is not out."""
    if stand.state == "draft":
        yes = t("setujui dengan: humasbot approve {n}", "say yes with: humasbot approve {n}", n=stand.post_id)
        return "; ".join(part for part in (stand.reason, yes) if part)
    if stand.url or stand.state != "queued":
        return stand.url or stand.reason
    if paused:
        return t("akun dijeda: {why}", "the account is paused: {why}", why=paused)
    if not stand.reason and stand.due_at is not None and stand.due_at <= datetime.now(UTC):
        return t("menunggu giliran di akun ini", "waits for its turn on this account")
    return tried_again(stand.state, stand.reason, stand.next_at, zone)


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

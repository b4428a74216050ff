"""What the office has: accounts, sources, campaigns, platforms."""

from typing import Any

import click

from humasbot.cli.common import actor, as_json, dump, escape, lines, open_bot, table, warn_of_freeze, when
from humasbot.cli.lists import ARTICLE_STATES, unplanned
from humasbot.words import t

ABILITIES = {
    "verify": ("periksa akun", "check the account"),
    "find_existing": ("cari kiriman", "find a post"),
    "metrics": ("angka", "figures"),
    "delete": ("hapus", "delete"),
    "edit": ("ubah", "edit"),
    "reply": ("balas", "reply"),
    "allowances": ("sebut jatah", "tell its quota"),
    "prepare": ("siapkan gambar", "prepare pictures"),
}
PROOFS = {
    "real server": ("server sungguhan", "real server"),
    "third-party emulator": ("peniru pihak ketiga", "third-party emulator"),
    "official contract": ("kontrak resmi", "official contract"),
    "documentation": ("dokumentasi", "documentation"),
}
KEPT = {
    "daily": ("harian {at}", "daily {at}"),
    "observance": ("hari besar {at}", "observances {at}"),
    "article": ("berita dari {source}", "articles of {source}"),
    "recurring": ("berulang {at} ({rule})", "recurring {at} ({rule})"),
    "evergreen": ("stok {stock} {at} ({rule})", "the stock {stock} {at} ({rule})"),
    "digest": ("rangkuman {at}", "digest {at}"),
    "agenda": ("agenda dari {source}", "the agenda of {source}"),
    "earthquake": ("gempa dari {source}", "earthquakes of {source}"),
    "warning": ("peringatan cuaca dari {source}", "weather warnings of {source}"),
}
"""What each kind of campaign is occasioned by."""
ONCE = ("sekali (humasbot announce)", "once (humasbot announce)")

MOST_ACCOUNTS = 200
"""How many a table shows; a fleet has more than anybody reads."""


@click.command()
@click.argument("action", required=False, type=click.Choice(["resume", "pause"]), metavar="[resume|pause]")
@click.argument("name", required=False, metavar=t("[AKUN]", "[ACCOUNT]"))
@as_json
@click.pass_context
def accounts(ctx: click.Context, action: str | None, name: str | None, as_json: bool) -> None:
    """List accounts; ``resume NAME`` lets a paused one send again, ``pause NAME`` holds it."""
    if action and not name:
        raise click.UsageError(t("sebutkan nama akunnya", "name the account"))
    bot = open_bot(ctx)
    if action and name:
        bot.pause(name, actor=actor()) if action == "pause" else bot.resume(name, actor=actor())
    rows = bot.views.accounts()
    if as_json:
        dump(rows)
        return
    warn_of_freeze(bot.freezes(), bot.config.zone)
    own = bot.config.agency.key
    rows.sort(
        key=lambda row: (row["paused_at"] is None, row["agency"] != own)
    )  # what needs a person stands first
    table(
        t("Akun", "Accounts"),
        (t("Nama", "Name"), "Platform", t("Keadaan", "State"), t("Antre", "Queued"), t("Keterangan", "Note")),
        (
            (
                row["name"] if row["agency"] == own else f"{row['agency']}/{row['name']}",
                row["platform"],
                _account_state(row),
                str(row["queued"]),
                escape(row["paused_why"]),
            )
            for row in rows[:MOST_ACCOUNTS]
        ),
        t("Belum ada akun di humasbot.toml.", "There is no account in humasbot.toml yet."),
        notes=True,
    )
    if (left := len(rows) - MOST_ACCOUNTS) > 0:
        lines(t("… dan {n} akun lain; semuanya: humasbot accounts --json",
                "… and {n} more accounts; all of them: humasbot accounts --json", n=left))  # fmt: skip


def _account_state(row: dict[str, Any]) -> str:
    if row["paused_at"]:
        return f"[red]{t('dijeda', 'paused')}[/red]"
    return (
        f"[dim]{t('uji coba', 'dry run')}[/dim]" if row["dry_run"] else f"[green]{t('siap', 'ready')}[/green]"
    )


@click.command()
@as_json
@click.pass_context
def sources(ctx: click.Context, as_json: bool) -> None:
    """List sources."""
    bot = open_bot(ctx)
    rows = bot.views.sources()
    if as_json:
        dump(rows)
        return
    table(
        t("Sumber", "Sources"),
        (
            t("Nama", "Name"),
            t("Jenis", "Kind"),
            t("Dibaca", "Read"),
            t("Berita", "Articles"),
            t("Keterangan", "Note"),
        ),
        (
            (
                row["name"],
                row["kind"],
                when(row["read_at"], bot.config.zone),
                ", ".join(f"{count} {t(*ARTICLE_STATES[state])}" for state, count in row["articles"].items()),
                escape(row["last_error"]),
            )
            for row in rows
        ),
        t("Belum ada sumber di humasbot.toml.", "There is no source in humasbot.toml yet."),
        notes=True,
    )


@click.command()
@as_json
@click.pass_context
def campaigns(ctx: click.Context, as_json: bool) -> None:
    """List campaigns."""
    bot = open_bot(ctx)
    rows = bot.views.campaigns()
    if as_json:
        dump(rows)
        return
    table(
        t("Kampanye", "Campaigns"),
        (
            t("Nama", "Name"),
            t("Kesempatan", "Occasion"),
            t("Templat", "Template"),
            t("Akun", "Accounts"),
            t("Persetujuan", "Approval"),
            t("Kiriman", "Posts"),
        ),
        (
            (
                row["name"],
                _occasion(row),
                row["settings"].get("template") or _template(row["occasion"]),
                escape(", ".join(row["settings"].get("accounts", ["*"]))),
                t("otomatis", "by policy")
                if row["settings"].get("approval") == "policy"
                else t("oleh orang", "by a person"),
                str(row["posts"]),
            )
            for row in rows
        ),
        t("Belum ada kampanye.", "There is no campaign yet."),
    )
    for row in rows:
        unplanned(row["unplanned"])
    for each in bot.days.collisions():
        lines(
            t("! {a}: {x} ({p}) dan {y} ({q}) berdekatan", "! {a}: {x} ({p}) and {y} ({q}) are close together",
              a=each.account, x=each.first, p=when(each.first_at, bot.config.zone), y=each.second,
              q=when(each.second_at, bot.config.zone))
        )  # fmt: skip


def _template(occasion: str) -> str:
    from humasbot.pipeline.occasions.registry import KINDS, kind_of

    return kind_of(occasion).template if occasion in KINDS else "announcement"


def _occasion(row: dict[str, Any]) -> str:
    settings = row["settings"]
    said = KEPT.get(row["occasion"], ONCE)
    return t(*said, at=settings.get("at"), source=settings.get("source"), rule=settings.get("rule") or "FREQ=DAILY",
             stock=settings.get("stock"))  # fmt: skip


@click.command()
@as_json
def platforms(as_json: bool) -> None:
    """List platforms: what each needs, what it can, how it is proved."""
    from humasbot.platforms.describe import describe

    rows = describe()
    if as_json:
        dump(rows)
        return
    table(
        "Platform",
        (
            t("Nama", "Name"),
            t("Teks", "Text"),
            t("Gambar", "Pictures"),
            t("Dibuktikan", "Proved by"),
            t("Batas per", "Limits as of"),
            t("Dapat", "Can"),
        ),
        (
            (
                row["name"],
                str(row.get("max_text", "?")),
                str(row.get("max_media", "?")),
                _named(PROOFS, row.get("proof", "")),
                str(row.get("as_of", "")),
                ", ".join(_named(ABILITIES, ability) for ability in row.get("can", ()))
                or escape(row.get("error", "")),
            )
            for row in rows
        ),
        t("Tidak ada platform.", "There is no platform."),
        notes=True,
    )


def _named(names: dict[str, tuple[str, str]], key: str) -> str:
    """*key* in the reader's language; a stranger's word stays as it is."""
    return t(*names[key]) if key in names else escape(key)

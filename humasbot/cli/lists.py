"""Lists and single records: posts, deliveries, accounts, sources, articles, campaigns, platforms."""

from typing import Any

import click

from humasbot.cli.common import actor, as_json, dump, escape, open_bot, state_name, table, when
from humasbot.words import t

ABILITIES = {
    "verify": ("periksa akun", "check the account"),
    "find_existing": ("cari kiriman", "find a post"),
    "metrics": ("angka", "figures"),
    "delete": ("hapus", "delete"),
}
limit = click.option("--limit", default=30, show_default=True, type=click.IntRange(1, 10_000))


@click.command()
@click.argument("number", type=int, required=False)
@click.option(
    "--waiting", is_flag=True, help=t("hanya yang menunggu persetujuan", "only those waiting for approval")
)
@limit
@as_json
@click.pass_context
def posts(ctx: click.Context, number: int | None, waiting: bool, limit: int, as_json: bool) -> None:
    """List posts, or show one."""
    bot = open_bot(ctx)
    if number is not None:
        post = bot.views.post(number)
        dump(post) if as_json else _show_post(post, bot.config.zone)
        return
    rows = bot.views.posts(limit, waiting=waiting)
    if as_json:
        dump(rows)
        return
    table(
        t("Kiriman", "Posts"),
        ("#", t("Waktu", "When"), t("Kampanye", "Campaign"), t("Isi", "What"), t("Keadaan", "State")),
        (
            (
                str(row["id"]),
                when(row["due_at"], bot.config.zone),
                row["campaign"],
                escape(row["title"]),
                escape(row["skipped"])
                or ", ".join(f"{n} {state_name(state)}" for state, n in row["states"].items()),
            )
            for row in rows
        ),
        t("Belum ada kiriman.", "There is no post yet."),
    )


def _show_post(post: dict[str, Any], zone: Any) -> None:
    from rich.console import Console

    console = Console()
    console.print(f"[bold]#{post['id']} {escape(post['title'])}[/bold]  {when(post['due_at'], zone)}")
    if post["skipped"]:
        console.print(escape(post["skipped"]))
    for variant in post["variants"]:
        console.rule(
            f"{variant['account']} · {variant['platform']} · {state_name(variant['state'])}", align="left"
        )
        console.print(escape(variant["text"]))
        for media in variant["media"]:
            console.print(
                f"[dim]{media['width']}×{media['height']} {media['mime']}: {escape(media['alt'])}[/dim]"
            )
        for line in (*variant["notes"], *variant["problems"], variant["reason"], variant["url"]):
            if line:
                console.print(f"→ {escape(line)}")


@click.command()
@click.argument("number", type=int, required=False)
@click.option("--uncertain", is_flag=True, help=t("hanya yang belum pasti", "only the uncertain ones"))
@click.option("--state", default="", help=t("hanya berkeadaan ini", "only of this state"))
@click.option("--account", default="", help=t("hanya akun ini", "only of this account"))
@limit
@as_json
@click.pass_context
def deliveries(
    ctx: click.Context,
    number: int | None,
    uncertain: bool,
    state: str,
    account: str,
    limit: int,
    as_json: bool,
) -> None:
    """List deliveries, or show one with its history."""
    bot = open_bot(ctx)
    if number is not None:
        one = bot.views.delivery(number)
        dump(one) if as_json else _show_delivery(one, bot.config.zone)
        return
    rows = bot.views.deliveries(limit, state="uncertain" if uncertain else state, account=account)
    if as_json:
        dump(rows)
        return
    table(
        t("Pengiriman", "Deliveries"),
        (
            "#",
            t("Akun", "Account"),
            t("Waktu", "When"),
            t("Isi", "What"),
            t("Keadaan", "State"),
            t("Keterangan", "Note"),
        ),
        (
            (
                str(row["id"]),
                row["account"],
                when(row["due_at"], bot.config.zone),
                escape(row["title"]),
                state_name(row["state"]),
                escape(row["url"] or row["reason"]),
            )
            for row in rows
        ),
        t("Tidak ada.", "None."),
    )


def _show_delivery(one: dict[str, Any], zone: Any) -> None:
    from rich.console import Console

    console = Console()
    console.print(
        f"[bold]#{one['id']} {one['account']} ({one['platform']})[/bold]  {state_name(one['state'])}"
    )
    console.print(escape(one["text"]))
    for approval in one["approvals"]:
        voided = f" – {escape(approval['voided_why'])}" if approval["voided_at"] else ""
        by = approval["policy"] or approval["actor"]
        console.print(
            f"{when(approval['approved_at'], zone)}  {t('disetujui', 'approved')}: {escape(by)} "
            f"[dim]{approval['hash'][:12]}[/dim]{voided}"
        )
    for attempt in one["tries"]:
        outcome = state_name(attempt["outcome"]) if attempt["outcome"] else t("terputus", "cut off")
        console.print(
            f"{when(attempt['started_at'], zone)}  {t('percobaan', 'attempt')} {attempt['number']}: {outcome} "
            f"{escape(attempt['message'])}"
        )
    if one["receipt"]:
        receipt = one["receipt"]
        console.print(
            f"{when(receipt['published_at'], zone)}  {escape(receipt['url'])} ({escape(receipt['found_by'])})"
        )
    elif one["reason"]:
        console.print(escape(one["reason"]))
    if one["state"] == "uncertain":
        console.print(
            t(
                "Putuskan: humasbot resolve {id} --exists ALAMAT | --resend | --drop",
                "Settle it: humasbot resolve {id} --exists URL | --resend | --drop",
                id=one["id"],
            )
        )


@click.command()
@click.argument("action", required=False, type=click.Choice(["resume", "pause"]))
@click.argument("name", required=False)
@as_json
@click.pass_context
def accounts(ctx: click.Context, action: str | None, name: str | None, as_json: bool) -> None:
    """List accounts; ``resume NAME`` lets a paused one send again, ``pause NAME`` holds it."""
    bot = open_bot(ctx)
    if action:
        if not name:
            raise click.UsageError(t("sebutkan nama akunnya", "name the account"))
        bot.pause(name, actor=actor()) if action == "pause" else bot.resume(name)
    rows = bot.views.accounts()
    if as_json:
        dump(rows)
        return
    table(
        t("Akun", "Accounts"),
        (t("Nama", "Name"), "Platform", t("Keadaan", "State"), t("Antre", "Queued"), t("Keterangan", "Note")),
        (
            (row["name"], row["platform"], _account_state(row), str(row["queued"]), escape(row["paused_why"]))
            for row in rows
        ),
        t("Belum ada akun di humasbot.toml.", "There is no account in humasbot.toml yet."),
    )


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
    names = {"new": t("baru", "new"), "known": t("lama", "known"), "held": t("ditahan", "held")}
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
                ", ".join(f"{count} {names[state]}" for state, count in row["articles"].items()),
                escape(row["last_error"]),
            )
            for row in rows
        ),
        t("Belum ada sumber di humasbot.toml.", "There is no source in humasbot.toml yet."),
    )


@click.command()
@click.argument("action", required=False, type=click.Choice(["release"]))
@click.argument("number", type=int, required=False)
@click.option("--held", is_flag=True, help=t("hanya yang ditahan", "only those held"))
@limit
@as_json
@click.pass_context
def articles(
    ctx: click.Context, action: str | None, number: int | None, held: bool, limit: int, as_json: bool
) -> None:
    """List articles; ``release NUMBER`` lets a held one become posts."""
    bot = open_bot(ctx)
    if action:
        if number is None:
            raise click.UsageError(t("sebutkan nomor beritanya", "name the article's number"))
        bot.release(number)
    rows = bot.views.articles(limit, state="held" if held else "")
    if as_json:
        dump(rows)
        return
    table(
        t("Berita", "Articles"),
        ("#", t("Terbit", "Published"), t("Judul", "Title"), t("Keadaan", "State"), t("Keterangan", "Note")),
        (
            (
                str(row["id"]),
                when(row["published_at"], bot.config.zone),
                escape(row["title"]),
                row["state"],
                escape(row["note"]),
            )
            for row in rows
        ),
        t("Belum ada berita.", "There is no article yet."),
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
                " ".join(
                    str(part)
                    for part in (row["occasion"], row["settings"].get("at") or row["settings"].get("source"))
                    if part
                ),
                row["settings"].get("template", "announcement"),
                ", ".join(row["settings"].get("accounts", ["*"])),
                row["settings"].get("approval", "person"),
                str(row["posts"]),
            )
            for row in rows
        ),
        t("Belum ada kampanye.", "There is no campaign yet."),
    )


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
            t("Dapat", "Can"),
            t("Dibuktikan", "Proved by"),
            t("Batas per", "Limits as of"),
        ),
        (
            (
                row["name"],
                str(row.get("max_text", "?")),
                str(row.get("max_media", "?")),
                ", ".join(t(*ABILITIES[name]) for name in row.get("can", ())) or escape(row.get("error", "")),
                row.get("proof", ""),
                str(row.get("as_of", "")),
            )
            for row in rows
        ),
        t("Tidak ada platform.", "There is no platform."),
    )

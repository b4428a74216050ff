"""Backing up: one file that holds everything, the way back, and the database's own upgrade."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from humasbot.cli.common import actor, as_json, ask, dump, lines, open_bot, when
from humasbot.cli.gating import Day
from humasbot.words import prefer, t

if TYPE_CHECKING:
    from humasbot.backup import Manifest, Restored
    from humasbot.config import Config
    from humasbot.database import Database

FILE = click.Path(dir_okay=False, path_type=Path)
BIG = ("post", "delivery", "receipt", "audit")


def _unopened(ctx: click.Context) -> "tuple[Config, Database]":
    """The configuration and its database, as it is: nothing is migrated or written by looking."""
    from humasbot.app import load
    from humasbot.database import Database

    config = load(ctx.obj["config"])
    prefer(config.humasbot.language)
    database = Database(config.database_url)
    ctx.call_on_close(database.close)
    return config, database


@click.command()
@click.argument("file", type=FILE)
@click.option("--media/--no-media", default=True, help=t("ikutkan gambar", "take pictures along"))
@click.option("--templates/--no-templates", default=True, help=t("ikutkan templat", "take templates along"))
@click.option("--force", is_flag=True, help=t("ganti berkas yang sudah ada", "replace a file that is there"))
@as_json
@click.pass_context
def backup(ctx: click.Context, file: Path, media: bool, templates: bool, force: bool, as_json: bool) -> None:
    """Everything in one file, while the daemon works."""
    from humasbot.backup import save

    config, database = _unopened(ctx)
    settings = Path(ctx.obj["config"])
    saved = save(config, database, file, media=media, templates=templates, settings=settings, replace=force)
    manifest = saved.manifest
    if as_json:
        dump({"file": str(saved.path), "bytes": saved.size, "made_at": manifest.made_at, "schema": manifest.schema,
              "database": manifest.database, "counts": manifest.counts, "files": len(manifest.files),
              "damaged": manifest.damaged})  # fmt: skip
        return
    click.echo(
        t("Cadangan {f} ({m:.1f} MB) selesai dan sudah dibaca ulang: {c}.",
          "The backup {f} ({m:.1f} MB) is done and was read again: {c}.", f=file, m=saved.size / 1e6,
          c=_counted(manifest))
    )  # fmt: skip
    lines(
        t("Berkas ini memuat data pribadi: simpan di mesin lain, terenkripsi. Kunci rahasia (HUMASBOT_SECRET_KEY) dan "
          ".env tidak ada di dalamnya; simpan terpisah.",
          "It holds personal data: keep it on another machine, encrypted. The secret key (HUMASBOT_SECRET_KEY) and "
          ".env are not in it; keep them elsewhere.")
    )  # fmt: skip
    for digest in manifest.damaged:
        click.secho(t("! gambar {d} rusak dan tidak ikut", "! the picture {d} is damaged and left out", d=digest[:12]),
                    fg="yellow", err=True)  # fmt: skip


def _counted(manifest: "Manifest") -> str:
    names = {"post": t("kiriman", "posts"), "delivery": t("pengiriman", "deliveries"),
             "receipt": t("bukti terbit", "receipts"), "audit": t("baris audit", "audit rows")}  # fmt: skip
    return ", ".join(f"{manifest.counts.get(f'humasbot_{name}', 0)} {names[name]}" for name in BIG)


@click.command()
@click.argument("file", type=FILE)
@click.option(
    "--force", is_flag=True, help=t("ganti basis data yang tidak kosong", "replace a database with contents")
)
@click.option(
    "--moved", is_flag=True,
    help=t("saya menjamin tidak ada yang terkirim sesudah cadangan ini dibuat (pindah mesin)",
           "I vouch for it that nothing was sent after this backup was made (a move to another machine)"),
)  # fmt: skip
@click.option("--yes", is_flag=True, help=t("jangan tanya", "do not ask"))
@as_json
@click.pass_context
def restore(ctx: click.Context, file: Path, force: bool, moved: bool, yes: bool, as_json: bool) -> None:
    """Verified first, all or nothing, and nothing is sent twice."""
    from humasbot.backup import Archive
    from humasbot.backup import restore as bring_back

    config, database = _unopened(ctx)
    with Archive(file) as archive:
        made_at, what = when(archive.manifest.made_at, config.zone), _counted(archive.manifest)
    question = t("Pulihkan cadangan {b} ({c})?", "Restore the backup of {b} ({c})?", b=made_at, c=what)
    if not yes and not as_json and not ask(question):
        click.echo(t("Tidak ada yang diubah.", "Nothing was changed."))
        return
    done = bring_back(config, database, file, actor=actor(), force=force, moved=moved)
    if as_json:
        dump({"backup_at": done.backup_at, "counts": done.counts, "uncertain": done.unknown, "frozen": done.frozen,
              "kept": done.kept, "before": str(done.before or "")})  # fmt: skip
        return
    _tell(done, made_at)


def _tell(done: "Restored", made_at: str) -> None:
    click.echo(t("Dipulihkan: keadaan {b}.", "Restored: as of {b}.", b=made_at))
    if done.before is not None:
        click.echo(t("Basis data sebelumnya: {f}", "The database that stood there: {f}", f=done.before))
    for name in done.kept:
        click.echo(t("Dibiarkan apa adanya: {f}", "Left as it was: {f}", f=name))
    if not done.frozen:
        return
    lines(
        t("Sesudah {b} tidak ada yang diketahui: {n} pengiriman mungkin sudah terbit, jadi berstatus belum pasti dan "
          "dicari di platformnya. Semua pengiriman DIBEKUKAN. Yang sudah diubah orang sesudah itu (pembatalan, "
          "persetujuan, berhenti berlangganan, sambungan akun) hilang.",
          "Nothing is known of what came after {b}: {n} deliveries may be public, so they are uncertain and looked for "
          "on their platforms. All sending is FROZEN. What people changed after that (cancelled, approved, "
          "unsubscribed, connected) is lost.", b=made_at, n=done.unknown)
    )  # fmt: skip
    lines(
        t("Langkah berikut: 1) humasbot daemon  2) humasbot deliveries --uncertain sampai kosong (sisanya: humasbot "
          "resolve)  3) humasbot posts: batalkan yang tidak boleh terbit  4) humasbot unfreeze --all",
          "Next: 1) humasbot daemon  2) humasbot deliveries --uncertain until it is empty (what is left: humasbot "
          "resolve)  3) humasbot posts: cancel what must not go out  4) humasbot unfreeze --all")
    )  # fmt: skip


@click.command()
@click.option(
    "--dry-run", is_flag=True, help=t("tunjukkan saja apa yang akan dijalankan", "only show what would run")
)
@as_json
@click.pass_context
def upgrade(ctx: click.Context, dry_run: bool, as_json: bool) -> None:
    """Bring the database to this program's version."""
    from humasbot.backup.upgrading import look

    _, database = _unopened(ctx)
    plan = look(database)
    database.close()
    if not dry_run:
        bot = open_bot(ctx)
        now = bot.office.database.version()[1]
    if as_json:
        dump({"from": plan.current, "to": plan.needed, "steps": [list(step) for step in plan.steps],
              "statements": plan.statements, "done": not dry_run})  # fmt: skip
        return
    for number, words in plan.steps:
        click.echo(f"{number}  {words}")
    if dry_run:
        for statement in plan.statements:
            lines(f"    {statement}")
        click.echo(
            t("{n} migrasi akan dijalankan; tidak ada yang diubah.", "{n} migrations would run; nothing was changed.",
              n=len(plan.steps))
        )  # fmt: skip
        return
    if plan.steps and plan.current is not None and database.file is not None:
        click.echo(
            t("Salinan sebelumnya: {f}", "A copy of the database before: {f}",
              f=f"{database.file}.before-{plan.needed}-from-{plan.current}")
        )  # fmt: skip
    click.echo(t("Basis data siap, versi {v}.", "The database is ready, version {v}.", v=now))


@click.command()
@click.option(
    "--from",
    "first",
    required=True,
    type=Day(),
    metavar=t("TANGGAL", "DATE"),
    help=t("dari hari ini", "from this day on"),
)
@click.option(
    "--to",
    "last",
    required=True,
    type=Day(),
    metavar=t("TANGGAL", "DATE"),
    help=t("sampai dengan hari ini", "until the end of this day"),
)
@click.option("-o", "--output", "target", required=True, type=FILE, help=t("berkas ZIP", "the ZIP file"))
@click.option("--force", is_flag=True, help=t("ganti berkas yang sudah ada", "replace a file that is there"))
@as_json
@click.pass_context
def export(ctx: click.Context, first: date, last: date, target: Path, force: bool, as_json: bool) -> None:
    """An archive for the records, readable without us."""
    from humasbot.backup.records import export as write

    bot = open_bot(ctx)
    start, end = (
        datetime.combine(day, time.min, bot.config.zone) for day in (first, last + timedelta(days=1))
    )
    done = write(bot.office.database, bot.office.media, target, start=start, end=end,
                 agency=bot.office.only_agency, replace=force)  # fmt: skip
    if as_json:
        dump({"file": str(done.path), "counts": done.counts, "missing_pictures": done.missing})
        return
    click.echo(
        t("Arsip {f}: {p} kiriman, {d} pengiriman, {r} bukti terbit.",
          "The archive {f}: {p} posts, {d} deliveries, {r} receipts.", f=done.path, p=done.counts.get("posts", 0),
          d=done.counts.get("deliveries", 0), r=done.counts.get("receipts", 0))
    )  # fmt: skip
    for digest in done.missing:
        click.secho(t("! gambar {d} hilang atau rusak", "! the picture {d} is lost or damaged", d=digest[:12]),
                    fg="yellow", err=True)  # fmt: skip

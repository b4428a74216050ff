"""Stopping at once: freeze everything, lift it again, forget an account's credential."""

import click

from humasbot.cli.common import actor, as_json, dump, open_bot, when
from humasbot.words import t

everything = click.option(
    "--all", "everything", is_flag=True,
    help=t("semua kantor di basis data ini", "every office of this database"),
)  # fmt: skip
why = click.option(
    "--reason", required=True, metavar=t("ALASAN", "WHY"), help=t("alasannya; ikut tercatat", "why; kept on record")
)  # fmt: skip


@click.command()
@everything
@why
@as_json
@click.pass_context
def freeze(ctx: click.Context, everything: bool, reason: str, as_json: bool) -> None:
    """Stop everything but alerts, at once."""
    bot = open_bot(ctx)
    stood = [row for row in bot.freezes() if (row["agency_id"] is None) == everything]
    bot.freeze(reason=reason, actor=actor(), everything=everything)
    if as_json:
        dump(bot.freezes())
        return
    command = "humasbot unfreeze" + (" --all" if everything else "")
    if stood:
        since = when(stood[0]["since"], bot.config.zone)
        click.echo(
            t("Sudah dibekukan sejak {s} oleh {a}: {why}. Pembekuan itu tetap berlaku, alasan baru tidak dicatat. "
              "Lepaskan dengan: {c}",
              "Frozen already since {s} by {a}: {why}. That freeze stands, the new reason is not kept. "
              "Lift it with: {c}",
              s=since, a=stood[0]["actor"], why=stood[0]["reason"], c=command)
        )  # fmt: skip
        return
    click.echo(
        t("Dibekukan: tidak ada yang terkirim selain peringatan (prioritas 10). Lepaskan dengan: {c}",
          "Frozen: nothing but alerts (priority 10) is sent. Lift it with: {c}", c=command)
    )  # fmt: skip


@click.command()
@everything
@as_json
@click.pass_context
def unfreeze(ctx: click.Context, everything: bool, as_json: bool) -> None:
    """Lift a freeze."""
    bot = open_bot(ctx)
    lifted = bot.unfreeze(actor=actor(), everything=everything)
    left = bot.freezes()
    if as_json:
        dump({"lifted": lifted, "standing": left})
        return
    if not left:
        click.echo(t("Pembekuan dilepas; yang antre terkirim lagi.",
                     "The freeze is lifted; what is queued goes out again."))  # fmt: skip
    for row in left:
        command = "humasbot unfreeze" + (" --all" if row["agency_id"] is None else "")
        click.echo(
            t("Pembekuan itu dilepas, tetapi tetap tidak ada yang terkirim: masih ada pembekuan sejak {s} ({why}). "
              "Lepaskan dengan: {c}",
              "That freeze is lifted, but still nothing is sent: another stands since {s} ({why}). Lift it with: {c}",
              s=when(row["since"], bot.config.zone), why=row["reason"], c=command)
        )  # fmt: skip


@click.command()
@click.argument("account", metavar=t("AKUN", "ACCOUNT"))
@why
@as_json
@click.pass_context
def revoke(ctx: click.Context, account: str, reason: str, as_json: bool) -> None:
    """Forget an account's credential at once."""
    bot = open_bot(ctx)
    done = bot.revoke(account, reason=reason, actor=actor())
    if as_json:
        dump({
            "account": done.account, "platform": done.platform, "forgotten": done.forgotten,
            "left": [{"setting": one.setting, "kind": one.kind, "name": one.name} for one in done.left],
            "revoke_at": done.revoke_at,
        })  # fmt: skip
        return
    click.echo(
        t("Akun {a} dijeda; {n} rahasia tersimpan dihapus.", "The account {a} is paused; {n} stored secrets deleted.",
          a=done.account, n=done.forgotten)
    )  # fmt: skip
    for one in done.left:
        click.echo(
            t("! {s} masih ada di variabel {n}: humasbot tidak dapat menghapusnya. Hapus dari .env atau layanan, "
              "lalu mulai ulang daemon.",
              "! {s} is still in the variable {n}: humasbot cannot delete it. Remove it from .env or the service, "
              "then restart the daemon.", s=one.setting, n=one.name)
            if one.kind == "env"
            else t("! {s} masih ada di berkas {n}: humasbot tidak menghapusnya. Hapus berkas itu.",
                   "! {s} is still in the file {n}: humasbot does not delete it. Remove that file.",
                   s=one.setting, n=one.name)
        )  # fmt: skip
    if not (done.forgotten or done.left or done.revoke_at):
        click.echo(
            t("Akun ini tidak memakai kredensial, jadi tidak ada yang dicabut. Lanjutkan dengan: humasbot accounts "
              "resume {a}",
              "This account uses no credential, so there was nothing to revoke. Go on with: humasbot accounts "
              "resume {a}", a=done.account)
        )  # fmt: skip
        return
    where = done.revoke_at or t("di halaman keamanan {p}", "on the security page of {p}", p=done.platform)
    click.echo(
        t("Cabut juga di {p} sendiri: {w}. Kredensial yang bocor tetap berlaku sampai itu dilakukan.",
          "Revoke it on {p} itself too: {w}. A leaked credential works until that is done.", p=done.platform, w=where)
    )  # fmt: skip
    click.echo(
        t("Setelah diganti: humasbot accounts resume {a}", "Once it is replaced: humasbot accounts resume {a}",
          a=done.account)
    )  # fmt: skip

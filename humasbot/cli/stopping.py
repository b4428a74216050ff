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
    bot.freeze(reason=reason, actor=actor(), everything=everything)
    if as_json:
        dump(bot.freezes())
        return
    command = "humasbot unfreeze" + (" --all" if everything else "")
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
    click.echo(
        t(
            "Pembekuan dilepas; yang antre terkirim lagi.",
            "The freeze is lifted; what is queued goes out again.",
        )
    )
    for row in left:
        since = when(row["since"], bot.config.zone)
        click.echo(
            t("Masih berlaku sejak {s}: {why}", "Still standing since {s}: {why}", s=since, why=row["reason"])
        )


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
    where = done.revoke_at or t("di halaman keamanan {p}", "on the security page of {p}", p=done.platform)
    click.echo(
        t("Cabut juga di {p} sendiri: {w}. Kredensial yang bocor tetap berlaku sampai itu dilakukan.",
          "Revoke it on {p} itself too: {w}. A leaked credential works until that is done.", p=done.platform, w=where)
    )  # fmt: skip
    click.echo(
        t("Setelah diganti: humasbot accounts resume {a}", "Once it is replaced: humasbot accounts resume {a}",
          a=done.account)
    )  # fmt: skip

"""What comes next, for whoever reads a list of deliveries: when it is tried again, and what only a person can do."""

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from humasbot.cli.common import lines, when
from humasbot.words import t


def tried_again(state: str, reason: str, next_at: datetime | None, zone: ZoneInfo) -> str:
    """*reason*, and when it is tried again, where something went wrong and nobody has to do anything."""
    if state != "queued" or not reason or next_at is None or next_at <= datetime.now(UTC):
        return reason
    return t("{why}; dicoba lagi {w}", "{why}; tried again {w}", why=reason, w=when(next_at, zone))


def say_what_to_do(failed: Iterable[str], paused: Iterable[str]) -> None:
    """A line for what failed and one for accounts that are paused, both by their accounts' names."""
    gone, still = (", ".join(sorted(set(names))) for names in (failed, paused))
    if gone:
        lines(
            t("Gagal dan tidak dikirim lagi dengan sendirinya: {a}. Perbaiki naskah atau akunnya, lalu: "
              "humasbot announce ALAMAT --again",
              "Failed, and not sent again by itself: {a}. Mend the text or the account, then: "
              "humasbot announce ADDRESS --again", a=gone)
        )  # fmt: skip
    if still:
        lines(
            t("Akun dijeda: {a}. Setelah dibereskan: humasbot accounts resume NAMA",
              "Paused accounts: {a}. Once mended: humasbot accounts resume NAME", a=still)
        )  # fmt: skip

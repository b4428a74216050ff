"""A Delivery's history as sentences, one line each, with times in the agency's zone."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from humasbot.cli.common import lines, state_word, when
from humasbot.indonesian import zone_name
from humasbot.words import t

Detail = dict[str, Any]


def show(events: list[dict[str, Any]], zone: ZoneInfo) -> None:
    """Print a timeline."""
    for event in events:
        lines(f"{moment(event['at'], zone)}  {sentence(event, zone)}")


def moment(value: datetime, zone: ZoneInfo) -> str:
    """``2026-11-23 06:00:01 WIB``."""
    return f"{value.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone_name(zone)}"


def sentence(event: dict[str, Any], zone: ZoneInfo) -> str:
    """What happened, as one line; an act that is not known here is told by its own name."""
    detail = event["detail"]
    tell = _SENTENCES.get(event["act"])
    if tell is None:
        return _with(event["act"], detail.get("reason"))
    return tell(event, detail, zone)


def _with(words: str, *notes: Any) -> str:
    return " – ".join([words, *(str(note) for note in notes if note)])


def _approved(event: Detail, detail: Detail, zone: ZoneInfo) -> str:
    due = detail.get("due")
    who = detail.get("policy") or event["actor"]
    words = t(
        "disetujui: {a} (sidik {h})", "approved: {a} (hash {h})", a=who, h=str(detail.get("hash", ""))[:12]
    )
    at = t("untuk {d}", "for {d}", d=when(datetime.fromisoformat(due), zone)) if due else ""
    pictures = ", ".join(str(media.get("digest", ""))[:12] for media in detail.get("media", ()))
    return _with(words, at, t("gambar {p}", "pictures {p}", p=pictures) if pictures else "")


def _attempt(event: Detail, detail: Detail, zone: ZoneInfo) -> str:
    words = t("percobaan {n}: {s}", "attempt {n}: {s}", n=detail.get("number", "?"), s=_state(detail))
    return _with(words, _lasted(detail), detail.get("reason"), _status(detail), detail.get("url"))


def _lasted(detail: Detail) -> str:
    try:
        length = datetime.fromisoformat(detail["finished"]) - datetime.fromisoformat(detail["started"])
    except (KeyError, ValueError, TypeError):
        return t("belum dijawab", "not answered")
    return t("{s:.1f} detik", "{s:.1f} seconds", s=length.total_seconds())


def _status(detail: Detail) -> str:
    return f"HTTP {detail['status']}" if detail.get("status") else ""


def _state(detail: Detail) -> str:
    return state_word(str(detail.get("outcome", "")))


def _look(event: Detail, detail: Detail, zone: ZoneInfo) -> str:
    words = t("dicari di platform, ke-{n}: {s}", "looked for on the platform, {n}: {s}", n=detail.get("number", "?"),
              s=_state(detail))  # fmt: skip
    return _with(words, detail.get("reason"), detail.get("url"))


def _resolved(event: Detail, detail: Detail, zone: ZoneInfo) -> str:
    return _with(
        t("diputuskan {a}: {s}", "decided by {a}: {s}", a=event["actor"], s=_state(detail)), detail.get("url")
    )  # fmt: skip


def _step(event: Detail, detail: Detail, zone: ZoneInfo) -> str:
    return t(
        "langkah selesai: {s} = {v}", "step done: {s} = {v}", s=detail.get("step"), v=detail.get("value")
    )


def _plain(indonesian: str, english: str) -> Callable[[Detail, Detail, ZoneInfo], str]:
    def tell(event: Detail, detail: Detail, zone: ZoneInfo) -> str:
        return _with(t(indonesian, english, a=event["actor"]), detail.get("reason"))

    return tell


_SENTENCES: dict[str, Callable[[Detail, Detail, ZoneInfo], str]] = {
    "approved": _approved,
    "attempt": _attempt,
    "look": _look,
    "resolved": _resolved,
    "step": _step,
    "sending": _plain("sedang dikirim", "being sent"),
    "voided": _plain("persetujuan ditarik", "approval withdrawn"),
    "cancelled": _plain("dibatalkan", "cancelled"),
    "expired": _plain("dibatalkan", "cancelled"),
    "lost": _plain("terputus saat mengirim", "cut off while sending"),
    "stranded": _plain("tertahan", "held up"),
    "restored": _plain("basis data dipulihkan dari cadangan", "the database restored from a backup"),
    "deleted": _plain("dihapus dari platform", "deleted from the platform"),
    "not_deleted": _plain("belum terhapus dari platform", "not deleted from the platform yet"),
    "taken_back": _plain("dikembalikan ke antrean, tidak pernah dikirim", "queued again, never sent"),
    "sent_twice": _plain("TERBIT DUA KALI", "PUBLISHED TWICE"),
    "paused": _plain("akun dijeda ({a})", "account paused ({a})"),
    "resumed": _plain("akun dilanjutkan ({a})", "account resumed ({a})"),
    "revoked": _plain("kredensial akun dicabut ({a})", "the account's credential revoked ({a})"),
    "configured": _plain("pengaturan akun berubah ({a})", "the account's settings changed ({a})"),
    "frozen": _plain("semua kiriman dibekukan ({a})", "all sending frozen ({a})"),
    "lifted": _plain("pembekuan dilepas ({a})", "the freeze lifted ({a})"),
}


def remembered(one: dict[str, Any], zone: ZoneInfo) -> None:
    """A Delivery that only the audit trail still knows."""
    click.echo(
        t("#{n} {a}: sudah dihapus dari basis data; yang tersisa di jejak audit (terakhir: {s})",
          "#{n} {a}: deleted from the database; what the audit trail still holds (last: {s})",
          n=one["id"], a=one["account"], s=state_word(one["state"]))
    )  # fmt: skip
    lines(one["text"])
    for media in one["media"]:
        lines(f"▣ {media.get('mime', '')} {str(media.get('digest', ''))[:12]} – {media.get('alt', '')}")
    show(one["timeline"], zone)

"""The gates before anything the calendar wants to say: pure answers, no database, no clock.

Order: silence, then doubt about the day, then mourning, then elections. The first that closes gives the reason; what it
holds back is the caller's to list, so that a person decides it one by one later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from humasbot.indonesian import long_date, short_date
from humasbot.occasions.calendar import Occurrence
from humasbot.occasions.regions import code_of
from humasbot.occasions.spans import Mourning, Window
from humasbot.words import t

Code = Literal["open", "silent", "isbat", "estimate", "mourning", "election"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a greeting may go out on a day.

    ``reason`` is a sentence for people, also where conditions are all that is said. ``shift``: the day on which it may
    be tried instead. ``conditions``: ``approved_stock`` (only texts approved beforehand) and ``no_leader`` (no
    leader's face, name or persona). ``instead``: ``condolence`` where words of sympathy are fitting.
    """

    allowed: bool
    code: Code
    reason: str = ""
    shift: date | None = None
    conditions: tuple[str, ...] = ()
    instead: str = ""


def gate(
    occurrence: Occurrence | None,
    day: date,
    province: str | None = None,
    mourning: Sequence[Mourning] = (),
    windows: Sequence[Window] = (),
) -> Verdict:
    """Judge what is to go out on *day* (the planned day, in the office's zone) in *province*.

    *occurrence* is the observance it greets; ``None`` means the everyday greeting, which counts as cheerful. Take
    *mourning* and *windows* from the calendar and from what people recorded. A verdict with ``shift`` is judged again
    on that day before it is used. Raises :class:`~humasbot.errors.InputError` for a province nobody knows.
    """
    place = code_of(province)
    here = [window for window in windows if window.holds(day, place)]
    for window in here:
        if window.effect == "silent":
            return _silent(occurrence, day, window)
    if occurrence is not None and occurrence.provisional:
        return _doubtful(occurrence)
    if occurrence is None or occurrence.observance.tone == "festive":
        for span in mourning:
            if span.holds(day, place):
                return _mourned(occurrence, span)
    for window in here:
        if window.effect == "hold" and occurrence is not None and occurrence.observance.tone == "festive":
            return _held(occurrence, window)
    return _open(here)


def _silent(occurrence: Occurrence | None, day: date, window: Window) -> Verdict:
    before = day - timedelta(days=1)
    if occurrence is None:
        return Verdict(
            False,
            "silent",
            t(
                "{name}: pada {day} tidak ada kiriman.",
                "{name}: nothing goes out on {day}.",
                name=window.name,
                day=short_date(day),
            ),
        )
    return Verdict(
        False,
        "silent",
        t(
            "{name}: pada {day} tidak ada kiriman; ucapan {what} dimajukan ke {shift}.",
            "{name}: nothing goes out on {day}; the greeting for {what} moves to {shift}.",
            name=window.name,
            day=short_date(day),
            what=occurrence.label,
            shift=long_date(before),
        ),
        shift=before,
    )


def _doubtful(occurrence: Occurrence) -> Verdict:
    if occurrence.observance.isbat:
        return Verdict(
            False,
            "isbat",
            t(
                "{what} diperkirakan {day}; menunggu hasil sidang isbat dikonfirmasi.",
                "{what} is expected on {day}; it waits until the outcome of the sidang isbat is confirmed.",
                what=occurrence.label,
                day=long_date(occurrence.day),
            ),
        )
    return Verdict(
        False,
        "estimate",
        t(
            "{what} baru perkiraan ({day}); menunggu ketetapan pemerintah dikonfirmasi.",
            "{what} is only an estimate ({day}); it waits until the government's decision is confirmed.",
            what=occurrence.label,
            day=long_date(occurrence.day),
        ),
    )


def _mourned(occurrence: Occurrence | None, span: Mourning) -> Verdict:
    return Verdict(
        False,
        "mourning",
        t(
            "{name} ({first}–{last}): {what} dibekukan; pakai ucapan belasungkawa.",
            "{name} ({first}–{last}): {what} is frozen; offer condolences.",
            name=span.name,
            first=short_date(span.first),
            last=short_date(span.last),
            what=_what(occurrence),
        ),
        instead="condolence",
    )


def _held(occurrence: Occurrence, window: Window) -> Verdict:
    return Verdict(
        False,
        "election",
        t(
            "{name}: {what} menunggu keputusan petugas.",
            "{name}: {what} waits for a person's decision.",
            name=window.name,
            what=_what(occurrence),
        ),
    )


def _open(windows: Sequence[Window]) -> Verdict:
    reasons = {}
    for window in windows:
        if window.effect == "no_leader":
            reasons["no_leader"] = t(
                "{name}: tanpa wajah, nama, atau gaya pimpinan.",
                "{name}: without a leader's face, name or persona.",
                name=window.name,
            )
        elif window.effect == "approved_stock":
            reasons["approved_stock"] = t(
                "{name}: hanya teks yang sudah disetujui.",
                "{name}: only texts approved beforehand.",
                name=window.name,
            )
    return Verdict(True, "open", " ".join(reasons.values()), conditions=tuple(reasons))


def _what(occurrence: Occurrence | None) -> str:
    return occurrence.label if occurrence else t("sapaan harian", "the everyday greeting")

"""What a claim's delivery says and who says it, as read in bulk just before the call: plain values, no rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Speaker:
    """An Account as publishing needs it; ``agency`` are its Agency's values by the names of ``[agency]``."""

    id: int
    name: str
    agency_id: int
    platform: str
    settings: Mapping[str, Any]
    agency: Mapping[str, str]
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A Variant as publishing needs it."""

    title: str
    text: str
    link: str
    language: str
    media: list[dict[str, Any]]
    options: dict[str, Any]
    due_at: datetime
    not_after: datetime | None


@dataclass(frozen=True, slots=True)
class Seen:
    """All that stands about one claim at one moment (``at``: seconds of :func:`humasbot.pipeline.crew.clock`).

    ``held`` says why it must not be sent now; ``approved`` is the hash that was approved, or nothing where that is no
    longer the hash of what would be sent.
    """

    at: float
    speaker: Speaker
    said: Said
    held: str
    approved: str

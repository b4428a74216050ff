"""What every registered platform is and can, as plain data: for the command, the docs and their test."""

from typing import Any

from humasbot.errors import ConfigError
from humasbot.platforms.base import OPTIONAL, Publisher, supports
from humasbot.platforms.registry import platforms


def describe() -> list[dict[str, Any]]:
    """One row per platform: its settings, limits with source and date, abilities and proof.

    A plugin that cannot be loaded is a row with its ``error``.
    """
    rows = []
    for name, entry in platforms().items():
        try:
            rows.append(_row(entry.load()))
        except ConfigError as error:
            rows.append({"name": name, "error": str(error)})
    return rows


def _row(cls: type[Publisher]) -> dict[str, Any]:
    limits = getattr(cls, "limits", None)
    if limits is None:
        limits = cls.from_settings(
            {s.name: s.default or s.example or _sample(s.name) for s in cls.settings}
        ).limits
    return {
        "name": cls.name,
        "title": cls.title,
        "max_text": limits.max_text,
        "max_bytes": limits.max_bytes,
        "max_media": limits.max_media,
        "max_media_bytes": limits.max_media_bytes,
        "media_types": list(limits.media_types),
        "max_alt": limits.max_alt,
        "needs_media": limits.needs_media,
        "card_size": list(limits.card_size),
        "ratios": limits.ratios and list(limits.ratios),
        "widths": limits.widths and list(limits.widths),
        "source": limits.source,
        "as_of": limits.as_of.isoformat(),
        "can": [method for method in OPTIONAL if supports(cls, method)],
        "proof": cls.proof,
        "settings": [
            {"name": s.name, "secret": s.secret, "required": s.required, "about": s.about}
            for s in cls.settings
        ],
    }


def _sample(name: str) -> str:
    """A value of the right shape for a setting, so that limits can be shown without an account."""
    if name in ("server", "service", "base_url", "url"):
        return "https://example.org"
    return {"zone": "Asia/Jakarta", "colour": "#0B3D91", "accent": "#F2B705", "language": "id"}.get(
        name, "x" * 20
    )

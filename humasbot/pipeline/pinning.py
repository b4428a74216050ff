"""Pinning: a standing approval of alerts holds for exactly one template; its print is a digest of all its files."""

import tomllib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from humasbot.config import CampaignTable, Config
from humasbot.errors import HumasbotError
from humasbot.templates import Templates, builtin_folder

LENGTH = 16


def print_of(config: Config, table: CampaignTable, template: str, card: str) -> str:
    """The print of a campaign's text template, with every variant and part of it, and of its card.

    Empty where a file is missing or faulty, which no standing approval covers.
    """
    templates = Templates([config.path(config.humasbot.templates)])
    try:
        parts = templates.texts(template)
        parts |= _cards(config, card) if table.picture == "card" and card else {}
    except (HumasbotError, OSError, ValueError):
        return ""
    whole = "\x1e".join(f"{name}\x1f{text}" for name, text in sorted(parts.items()))
    return sha256(f"{template}\x1d{card}\x1d{table.picture}\x1d{whole}".encode()).hexdigest()[:LENGTH]


def _cards(config: Config, card: str) -> dict[str, str]:
    """A card's file and those it extends, by their names."""
    found: dict[str, str] = {}
    name: str | None = card
    while name and name not in found:
        text = next(_files(config, name)).read_text(encoding="utf-8")
        found[name] = text
        extended = tomllib.loads(text).get("extends")
        name = str(extended) if extended else None
    return found


def _files(config: Config, name: str) -> Iterator[Path]:
    own, ours = config.path(config.humasbot.templates) / "cards", builtin_folder() / "cards"
    if name.endswith(".toml"):
        yield Path(name)
    for folder in [ours] if name.startswith("builtin/") else [own, ours]:
        path = folder / f"{name.removeprefix('builtin/')}.toml"
        if path.is_file():
            yield path
    raise FileNotFoundError(name)

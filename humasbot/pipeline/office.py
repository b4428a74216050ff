"""What every arrow of the pipeline works with: the configuration, the database and what is built from them."""

import os
import secrets
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from humasbot.config import Config, duration
from humasbot.content import Item
from humasbot.database import Database
from humasbot.errors import AuthExpired, ConfigError, Problem
from humasbot.holders import worker_name
from humasbot.media import MediaStore
from humasbot.models import Account, Agency, Article, Source
from humasbot.net import Http
from humasbot.pipeline.crew import Hanging
from humasbot.pipeline.debts import Debts
from humasbot.platforms.base import Publisher
from humasbot.templates import Templates
from humasbot.vault import Vault, is_reference

if TYPE_CHECKING:
    from humasbot.cards import Renderer
    from humasbot.sources.base import Source as Reader

FROM_AGENCY = {
    "agency": "name",
    "zone": "timezone",
    "colour": "primary",
    "accent": "accent",
    "language": "language",
}
"""Settings that a platform need not be told again: its name there, and the key of ``[agency]`` that fills it."""


class Office:
    """One configured humasbot: built once, shared by all threads, closed at the end."""

    def __init__(self, config: Config, vault: Vault | None = None) -> None:
        self.config = config
        self.vault = vault or Vault(config.folder)
        self.database = Database(config.database_url)
        self.media = MediaStore(config.path(config.humasbot.data) / "media")
        self.templates = Templates([config.path(config.humasbot.templates)])
        self.http = Http(guard=True, allow_hosts=config.humasbot.allow_hosts)
        self.hanging = Hanging()
        self.debts = Debts()
        self._worker = (os.getpid(), worker_name())
        self._publishers: dict[int, tuple[str, Publisher]] = {}
        self._renderers: dict[str, Renderer] = {}
        self._lock = threading.Lock()

    @property
    def zone(self) -> ZoneInfo:
        """The agency's time zone."""
        return self.config.zone

    @property
    def worker(self) -> str:
        """The name of this process, its own after a fork too."""
        if self._worker[0] != os.getpid():
            self._worker = (os.getpid(), worker_name())
        return self._worker[1]

    def token(self) -> str:
        """A name for one claim of this process."""
        return f"{self.worker}/{secrets.token_hex(6)}"

    @property
    def lease(self) -> Any:
        """How long a claim is held before its holder is given up."""
        return duration(self.config.humasbot.lease)

    def renderer(self, agency: Agency) -> "Renderer":
        """The card renderer in the agency's brand, kept warm."""
        from humasbot.cards import Renderer

        key = repr((agency.name, sorted(agency.brand.items())))
        with self._lock:
            if key not in self._renderers:
                folder = self.config.path(self.config.humasbot.templates) / "cards"
                self._renderers[key] = Renderer(folders=[folder], brand=brand_of(agency, self.config.folder))
            return self._renderers[key]

    def publisher(self, account: Account) -> Publisher:
        """The publisher of an account, built once for its present settings.

        Raises :class:`~humasbot.errors.AuthExpired` when a secret is missing, so that the account pauses alone, and
        :class:`~humasbot.errors.ConfigError` for every other fault.
        """
        print_of = repr((account.platform, sorted(account.settings.items())))
        with self._lock:
            kept = self._publishers.get(account.id or 0)
        if kept is not None and kept[0] == print_of:
            return kept[1]
        built = self._build(account)
        with self._lock:
            self._publishers[account.id or 0] = (print_of, built)
        return built

    def forget(self, account_id: int) -> None:
        """Build the publisher anew next time: its credential is dead, and may be renewed by then."""
        with self._lock:
            self._publishers.pop(account_id, None)

    def _build(self, account: Account) -> Publisher:
        from humasbot.platforms.registry import platform

        cls = platform(account.platform)
        values, problems = self.settings_of(cls, account.settings)
        if problems:
            raise AuthExpired("; ".join(str(problem) for problem in problems))
        return cls.from_settings(values)

    def stand_in(self, account: Account) -> Publisher:
        """A publisher with the account's limits for composing only: a secret that is missing is made up.

        Raises :class:`~humasbot.errors.ConfigError` when the settings are of no use even so.
        """
        from humasbot.platforms.registry import platform

        cls = platform(account.platform)
        values, _ = self.settings_of(cls, account.settings)
        wanted = [s for s in cls.settings if s.secret and (s.required or s.name in account.settings)]
        return cls.from_settings({**{s.name: s.example or "x" * 40 for s in wanted}, **values})

    def settings_of(
        self, cls: type[Publisher], given: Mapping[str, Any], *, resolve: bool = True
    ) -> tuple[dict[str, str], list[Problem]]:
        """An account's settings as its platform wants them, and what is wrong with its secrets.

        With ``resolve=False`` a reference to a secret is only checked for its shape.
        """
        values: dict[str, str] = {}
        problems = []
        for setting in cls.settings:
            value = given.get(setting.name)
            if value is None and setting.name in FROM_AGENCY:
                value = getattr(self.config.agency, FROM_AGENCY[setting.name])
            if value in (None, ""):
                continue
            if setting.secret and not (is_reference(value) and not resolve):
                value = self.vault.resolve(value, setting.name)
            elif setting.path:
                value = self.config.path(str(value))
            if isinstance(value, Problem):
                problems.append(value)
            else:
                values[setting.name] = str(value)
        return values, problems

    def reader(self, source: Source) -> "Reader":
        """The reader of a source. Raises :class:`~humasbot.errors.ConfigError`."""
        from humasbot.sources.registry import source_kind

        cls = source_kind(source.kind)
        return cls.from_settings(self.source_settings(cls, source.settings), self.http)

    def source_settings(self, cls: "type[Reader]", given: Mapping[str, Any]) -> dict[str, str]:
        """A source's settings as its kind wants them: references resolved, paths whole, the agency's zone filled in.

        Raises :class:`~humasbot.errors.ConfigError` naming every secret that is missing.
        """
        known = {option.name: option for option in cls.settings}
        values = {"timezone": self.config.agency.timezone} if "timezone" in known else {}
        problems = []
        for name, value in given.items():
            found = self.vault.resolve(value, name) if is_reference(value) else str(value)
            if isinstance(found, Problem):
                problems.append(found)
            else:
                values[name] = str(self.config.path(found)) if name in known and known[name].path else found
        if problems:
            raise ConfigError(*problems)
        return values

    def image(self, source: Source, article: Article) -> bytes | None:
        """The picture of an Article of *source*, or ``None``. Raises like :meth:`fetch_image`."""
        item = Item(key=article.key, url=article.url, title=article.title, image_url=article.image_url)
        return self.reader(source).image(item)

    def fetch_image(self, url: str) -> bytes:
        """A picture at an address.

        Raises :class:`~humasbot.errors.FetchError` or :class:`~humasbot.errors.InputError`.
        """
        from humasbot.sources.images import fetch_image

        return fetch_image(url, self.http)

    def close(self) -> None:
        """Close the database's connections."""
        self.database.close()


def brand_of(agency: Agency, folder: Path) -> Any:
    """The brand of an agency for its cards."""
    from humasbot.cards import Brand

    brand = agency.brand
    pattern = brand.get("pattern") or None
    return Brand(
        name=agency.title,
        short=brand.get("short") or agency.title,
        logo=folder / brand["logo"] if brand.get("logo") else None,
        primary=brand["primary"],
        accent=brand["accent"],
        pattern=folder / pattern if pattern and "." in pattern else pattern,
        handles=tuple(brand.get("handles", ())),
        portrait=folder / brand["portrait"] if brand.get("portrait") else None,
    )

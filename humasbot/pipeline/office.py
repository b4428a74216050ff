"""What every arrow of the pipeline works with: the configuration, the database and what is built from them."""

import json
import os
import secrets
import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from humasbot.config import Config, duration
from humasbot.content import Item
from humasbot.database import Database
from humasbot.errors import AuthExpired, ConfigError, Problem
from humasbot.holders import worker_name
from humasbot.keyring import Keyring, SecretError, Whose
from humasbot.media import MediaStore
from humasbot.models import Account, Agency, Article, Source
from humasbot.net import Http
from humasbot.pipeline.crew import Hanging
from humasbot.pipeline.debts import Alarm, Debts
from humasbot.pipeline.doubts import Doubts
from humasbot.pipeline.seen import Speaker
from humasbot.platforms.base import Publisher
from humasbot.renewing import Renewal
from humasbot.subscribers import Ledger, Register
from humasbot.templates import Templates
from humasbot.vault import Vault, is_reference, is_stored
from humasbot.words import t

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
MOST_PUBLISHERS = 4096
"""How many are kept ready; a fleet has more accounts than fit into memory."""
MOST_RENDERERS = 16
"""The same for the brands of cards: a fleet draws the cards of one agency after the other."""


class Office:
    """One configured humasbot: built once, shared by all threads, closed at the end."""

    def __init__(self, config: Config, vault: Vault | None = None, keyring: Keyring | None = None) -> None:
        self.config = config
        self.vault = vault or Vault(config.folder)
        self.database = Database(config.database_url, redact=self.vault.redact)
        reference = config.humasbot.secret_key
        self.keyring = keyring or Keyring(
            self.database, config.agency.key, reference, self.vault, fleet=config.humasbot.fleet
        )
        self.media = MediaStore(config.path(config.humasbot.data) / "media")
        self.templates = Templates([config.path(config.humasbot.templates)])
        self.http = Http(guard=True, allow_hosts=config.humasbot.allow_hosts)
        self.hanging = Hanging()
        self.calls: set[int] = set()
        """Deliveries that this process has claimed and not yet settled; they end by a clock that nobody can set."""
        self.doubts = Doubts()
        self.debts = Debts()
        self.alarm = Alarm()
        self.lease: timedelta = duration(config.humasbot.lease)
        """How long a claim is held before its holder is given up."""
        self._worker = (os.getpid(), worker_name())
        self._publishers: OrderedDict[int, tuple[str, Publisher]] = OrderedDict()
        self._renderers: OrderedDict[Any, Renderer] = OrderedDict()
        self._lock = threading.Lock()
        self.renewal = Renewal(self.keyring, self.token)

    @property
    def register(self) -> Register:
        """The agency's lists of subscribers."""
        keyfile = self.config.path(self.config.humasbot.data) / "subscribers.key"
        return Register(self.database, self.config.agency.key, keyfile)

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
    def only_agency(self) -> str | None:
        """Whose deliveries this process sends and looks for: one agency's, or everybody's where it serves a fleet."""
        return None if self.config.humasbot.fleet else self.config.agency.key

    def renderer(self, agency: Agency) -> "Renderer":
        """The card renderer in the agency's brand, kept warm."""
        from humasbot.cards import Renderer

        brand = brand_of(agency, self.config.folder)
        with self._lock:
            if brand not in self._renderers:
                folder = self.config.path(self.config.humasbot.templates) / "cards"
                self._renderers[brand] = Renderer(folders=[folder], brand=brand)
                if len(self._renderers) > MOST_RENDERERS:
                    self._renderers.popitem(last=False)
            self._renderers.move_to_end(brand)
            return self._renderers[brand]

    def publisher(self, account: Account | Speaker, *, renewed: bool = False) -> Publisher:
        """The publisher of an account, built once for its present settings and secrets.

        With *renewed* a token that has run out is renewed first. Raises :class:`~humasbot.errors.AuthExpired` when a
        secret is missing or dead, so that the account pauses alone, :class:`~humasbot.errors.Retryable` while it is
        renewed elsewhere, and :class:`~humasbot.errors.ConfigError` for every other fault.
        """
        stamp = ""
        if any(is_stored(value) for value in account.settings.values()):
            state = self.keyring.state(whose(account))
            if renewed:
                state = self.renewal.fresh(whose(account), state)
            stamp = state.stamp
        print_of = repr((account.platform, sorted(account.settings.items()), stamp, account.revoked_at))
        with self._lock:
            kept = self._publishers.get(account.id or 0)
        if kept is not None and kept[0] == print_of:
            return kept[1]
        built = self._build(account)
        with self._lock:
            self._publishers[account.id or 0] = (print_of, built)
            if len(self._publishers) > MOST_PUBLISHERS:
                self._publishers.popitem(last=False)
        return built

    def forget(self, account_id: int) -> None:
        """Build the publisher anew next time: its credential is dead, and may be renewed by then."""
        with self._lock:
            self._publishers.pop(account_id, None)

    def _agency(self, account: Account | Speaker) -> Mapping[str, str]:
        """What the account's agency fills in where this process serves many; the configuration knows its own."""
        if not self.config.humasbot.fleet:
            return {}
        if isinstance(account, Speaker):
            return account.agency
        with self.database.read() as session:
            row = session.get(Agency, account.agency_id)
        return {} if row is None else agency_values(row.title, row.timezone, row.language, row.brand)

    def _build(self, account: Account | Speaker) -> Publisher:
        from humasbot.platforms.registry import platform

        cls = platform(account.platform)
        values, problems = self.settings_of(cls, account.settings, whose(account), self._agency(account))
        if problems:
            raise AuthExpired("; ".join(str(problem) for problem in problems))
        built = cls.from_settings(values)
        if cls.people:
            built.directory = Ledger(self.register, cls.people, getattr(account, "agency_id", None) or None)
        return built

    def stand_in(self, account: Account) -> Publisher:
        """A publisher with the account's limits for composing only: a secret that is missing is made up.

        Raises :class:`~humasbot.errors.ConfigError` when the settings are of no use even so.
        """
        from humasbot.platforms.registry import platform

        cls = platform(account.platform)
        values, _ = self.settings_of(cls, account.settings, whose(account))
        wanted = [s for s in cls.settings if s.secret and (s.required or s.name in account.settings)]
        return cls.from_settings({**{s.name: s.example or "x" * 40 for s in wanted}, **values})

    def settings_of(
        self,
        cls: type[Publisher],
        given: Mapping[str, Any],
        of: Whose,
        agency: Mapping[str, str] | None = None,
    ) -> tuple[dict[str, str], list[Problem]]:
        """The settings of the account *of* as its platform wants them, and what is wrong with its secrets.

        *agency* are the values of another agency than that of the configuration, by the names of ``[agency]``.
        """
        values: dict[str, str] = {}
        problems = []
        stored = self._stored(cls, given, of)
        given = {**given, **stored}
        for setting in cls.settings:
            value = given.get(setting.name)
            if value is None and setting.name in FROM_AGENCY:
                name = FROM_AGENCY[setting.name]
                value = (agency or {}).get(name) or getattr(self.config.agency, name)
            if value in (None, ""):
                continue
            if setting.secret and setting.name not in stored:
                value = self.vault.resolve(value, setting.name)
            elif setting.path:
                value = self.config.path(str(value))
            if isinstance(value, Problem):
                problems.append(value)
            else:
                values[setting.name] = str(value)
        return values, problems

    def _stored(self, cls: type[Publisher], given: Mapping[str, Any], of: Whose) -> dict[str, str | Problem]:
        """The settings of ``{ stored = true }`` from the encrypted store, or what is wrong with each."""
        names = [name for name, value in given.items() if is_stored(value)]
        if not names:
            return {}
        try:
            kept = self.keyring.fetch(of)
        except SecretError as error:
            return {name: Problem(name, str(error)) for name in names}
        if all(name in kept for name in names):
            return {name: kept[name].value for name in names}
        missing = t("belum tersimpan; jalankan: humasbot connect {p} --account {a}",
                    "is not stored yet; run: humasbot connect {p} --account {a}", p=cls.name,
                    a=self.keyring.spoken(of))  # fmt: skip
        return {name: kept[name].value if name in kept else Problem(name, missing) for name in names}

    def reader(self, source: Source) -> "Reader":
        """The reader of a source. Raises :class:`~humasbot.errors.ConfigError`."""
        from humasbot.sources.registry import source_kind

        cls = source_kind(source.kind)
        return cls.from_settings(self.source_settings(cls, source.settings, self.other_of(source)), self.http)

    def other_of(self, source: Source) -> Agency | None:
        """Whose source it is, where this process serves a fleet and it is another agency's than the configuration's."""
        if not self.config.humasbot.fleet:
            return None
        with self.database.read() as session:
            agency = session.get_one(Agency, source.agency_id)
        return None if agency.name == self.config.agency.key else agency

    def source_settings(
        self, cls: "type[Reader]", given: Mapping[str, Any], other: Agency | None = None
    ) -> dict[str, str]:
        """A source's settings as its kind wants them: references resolved, paths whole, the agency's zone filled in.

        *other* is its agency, where that is not the configuration's own. Raises
        :class:`~humasbot.errors.ConfigError` naming every secret that is missing, and every path that begins in
        another agency's folder.
        """
        known = {option.name: option for option in cls.settings}
        values = place_of(self.config, known)
        if other is not None:
            values = {"timezone": other.timezone} if "timezone" in known else {}
        problems = []
        for name, value in given.items():
            secret = is_reference(value) or (name in known and known[name].secret)
            found = self.vault.resolve(value, name) if secret else str(value)
            is_path = name in known and known[name].path
            if isinstance(found, Problem):
                problems.append(found)
            elif is_path and other is not None and not Path(found).is_absolute():
                words = t("bermula di folder {a}", "begins in the folder of {a}", a=other.name)
                problems.append(Problem(name, words))
            else:
                values[name] = str(self.config.path(found)) if is_path else found
        if problems:
            raise ConfigError(*problems)
        return values

    def image(self, source: Source, article: Article) -> bytes | None:
        """The picture of an Article of *source*, or ``None``. Raises like :meth:`fetch_image`.

        One that was kept at once comes from the store; then also raises :class:`~humasbot.media.MediaLost`.
        """
        if article.image_digest:
            return self.media.get(article.image_digest)
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


def place_of(config: Config, known: Collection[str]) -> dict[str, str]:
    """What a source need not be told again: the office's zone and where it is, as far as it asks for them."""
    agency = config.agency
    given = {"timezone": agency.timezone, "latitude": agency.latitude, "longitude": agency.longitude}
    return {name: str(value) for name, value in given.items() if name in known and value is not None}


def quota_of(kind: str, settings: Mapping[str, Any]) -> str:
    """The name of the quota that an account shares with others of the same application; empty where it has its own."""
    from humasbot.platforms.registry import platform

    try:
        names = platform(kind).shares
    except ConfigError:
        return ""
    if not names:
        return ""
    whose = json.dumps([settings.get(name) for name in names], sort_keys=True)
    return f"{kind}:{sha256(whose.encode()).hexdigest()[:16]}"


def agency_values(title: str, zone: str, language: str, brand: Mapping[str, Any]) -> dict[str, str]:
    """A row's values by the names of ``[agency]``, as :data:`FROM_AGENCY` asks for them."""
    colours = {name: str(brand.get(name) or "") for name in ("primary", "accent")}
    return {"name": title, "timezone": zone, "language": language, **colours}


def whose(account: Account | Speaker) -> Whose:
    """How the encrypted store knows an account."""
    return Whose(account.name, account.agency_id)


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

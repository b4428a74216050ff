"""The source interface: what the file of a kind of source has to give, and what all of them share."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from humasbot.content import Found, Item
from humasbot.errors import ConfigError, FetchError, Problem
from humasbot.net import Answer, Forbidden, Http, NetError, TooLarge, safe_url
from humasbot.sources.site import Guess, Site
from humasbot.words import t


@dataclass(frozen=True, slots=True)
class Option:
    """One setting of a source: its key in ``[sources.NAME]`` and what it is, in both languages.

    A ``path`` is a file or folder, which the caller resolves against the configuration's folder; a ``secret`` may be
    given by reference only.
    """

    name: str
    indonesian: str
    english: str
    required: bool = True
    default: str = ""
    path: bool = False
    secret: bool = False

    @property
    def about(self) -> str:
        """What it is, in the reader's language."""
        return t(self.indonesian, self.english)


URL = Option("url", "alamat web (http:// atau https://)", "web address (http:// or https://)")
TIMEZONE = Option(
    "timezone",
    "zona waktu untuk tanggal tanpa zona, misalnya Asia/Makassar",
    "time zone of dates that name none, for example Asia/Makassar",
    required=False,
    default="Asia/Jakarta",
)


class Source(ABC):
    """A place where content already stands. Subclass, set the class variables, write three methods, register.

    One instance may be used by several threads at once: what is to be remembered is in ``Found.state`` only.
    """

    kind: ClassVar[str]
    """Its name in the configuration (``kind = "…"``), lower case."""
    settings: ClassVar[tuple[Option, ...]] = ()
    """What ``from_settings`` understands; everything else is refused by the configuration."""
    last_resort: ClassVar[bool] = False
    """Whether this kind is only guessed where no other can read the site."""
    firm_ids: bool = False
    """Whether ``Item.key`` is a number that the site never gives twice; a feed's guid may be anything."""

    every: ClassVar[timedelta | None] = None
    """How often it is read, where that is not the configuration's ``ingest_every``."""

    http: Http

    @classmethod
    @abstractmethod
    def from_settings(cls, settings: Mapping[str, str], http: Http) -> Self:
        """Build one from its settings; no network, no file.

        *http* is guarded by the caller (``guard=True``, ``allow_hosts`` from the configuration). Raises
        :class:`~humasbot.errors.ConfigError` with every fault.
        """

    @abstractmethod
    def fetch(self, state: Mapping[str, str], now: datetime) -> Found:
        """Read what is new or changed since *state*, which the last reading returned (empty at the first one).

        *now* is aware. Where the source cannot say what is new, everything it shows is returned. Raises
        :class:`~humasbot.errors.FetchError`; the caller then keeps the old state.
        """

    @abstractmethod
    def check(self) -> str:
        """Read a little and say in one sentence what was found. Raises :class:`~humasbot.errors.FetchError`."""

    @classmethod
    def recognise(cls, site: Site) -> Guess | None:
        """How this kind would read *site*, with its evidence; ``None`` where it would not. A few requests at most."""
        return None

    def still(self, keys: Sequence[str]) -> Mapping[str, bool]:
        """Which of *keys* are still public, as far as the source itself can tell; what it cannot tell is left out.

        Raises :class:`~humasbot.errors.FetchError`.
        """
        return {}

    def image(self, item: Item) -> bytes | None:
        """The picture of *item*, checked to be a JPEG, PNG or WebP; ``None`` if the item has none.

        Raises :class:`~humasbot.errors.FetchError` when it cannot be had.
        """
        from humasbot.sources.images import fetch_image

        return fetch_image(item.image_url, self.http) if item.image_url else None


class Addressed(Source):
    """A source of which nothing has to be known but its address and the time zone of its dates."""

    settings: ClassVar[tuple[Option, ...]] = (URL, TIMEZONE)

    def __init__(self, url: str, http: Http, *, zone: str = "Asia/Jakarta") -> None:
        self.url = url
        self.http = http
        self.zone = ZoneInfo(zone)

    @classmethod
    def from_settings(cls, settings: Mapping[str, str], http: Http) -> Self:
        """As :meth:`Source.from_settings`; no network."""
        values = read_settings(cls, settings)
        return cls(values["url"], http, zone=values["timezone"])


def read_settings(cls: type[Source], settings: Mapping[str, str]) -> dict[str, str]:
    """The settings of *cls* with defaults filled in and white space trimmed; address and zone checked.

    Raises :class:`~humasbot.errors.ConfigError` naming every setting that is unknown, missing or of no use.
    """
    known = {option.name: option for option in cls.settings}
    values = {name: str(settings.get(name, "")).strip() or option.default for name, option in known.items()}
    problems = [
        Problem(
            name,
            t(
                "tidak dikenal oleh sumber {kind}; yang ada: {all}",
                "is not a setting of the source {kind}; there are: {all}",
                kind=cls.kind,
                all=", ".join(known),
            ),
        )
        for name in settings
        if name not in known
    ]
    for name, option in known.items():
        if option.required and not values[name]:
            problems.append(
                Problem(name, t("wajib diisi: {about}", "is required: {about}", about=option.about))
            )
        elif fault := _fault(option, values[name]):
            problems.append(Problem(name, fault))
    if problems:
        raise ConfigError(*problems)
    return values


def _fault(option: Option, value: str) -> str:
    if option is URL and not value.lower().startswith(("http://", "https://")):
        return t("harus diawali http:// atau https://", "must start with http:// or https://")
    if option is TIMEZONE:
        try:
            ZoneInfo(value)
        except (OSError, ValueError, KeyError):
            return t(
                "zona waktu {zone} tidak dikenal; contoh: Asia/Jakarta, Asia/Makassar, Asia/Jayapura",
                "there is no time zone {zone}; for example Asia/Jakarta, Asia/Makassar, Asia/Jayapura",
                zone=value,
            )
    return ""


def get(
    http: Http,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    max_bytes: int | None = None,
    squeeze: Callable[[Iterable[bytes]], bytes] = b"".join,
) -> Answer:
    """GET *url* and return its answer, whatever its status.

    Raises :class:`~humasbot.errors.FetchError` when there is no answer to look at.
    """
    try:
        return http.get(url, headers=headers, max_bytes=max_bytes, squeeze=squeeze)
    except NetError as error:
        raise FetchError(
            f"{safe_url(url)}: {error}", temporary=not isinstance(error, Forbidden | TooLarge)
        ) from None


def refusal(answer: Answer, *, hint: str = "") -> FetchError:
    """The error that an *answer* without content stands for; *hint* says how to mend it."""
    status = answer.status
    if status in (401, 403):
        why = t("situs menolak (HTTP {n})", "the site refuses (HTTP {n})", n=status)
    elif status in (404, 410):
        why = t("tidak ada di sana (HTTP {n})", "there is nothing there (HTTP {n})", n=status)
    elif status == 429:
        why = t("situs minta jeda (HTTP 429)", "the site asks for a pause (HTTP 429)")
    elif status >= 500:
        why = t("situs sedang bermasalah (HTTP {n})", "the site has a fault (HTTP {n})", n=status)
    elif 300 <= status < 400:
        why = t("situs mengalihkan terus-menerus", "the site redirects without end")
    else:
        why = t("jawaban tak terduga (HTTP {n})", "unexpected answer (HTTP {n})", n=status)
    sentence = f"{safe_url(answer.url)}: {why}" + (f"; {hint}" if hint else "")
    return FetchError(sentence, temporary=status in (408, 425, 429) or status >= 500)

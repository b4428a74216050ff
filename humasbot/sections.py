"""The tables of ``humasbot.toml`` that say what is said when: campaigns, the calendar, the checks of a text."""

import re
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, RootModel

from humasbot.kinds import Clock, Duration, Late, Positive, duration
from humasbot.vault import is_reference
from humasbot.words import t

Tone = Literal["festive", "reverent", "solemn", "neutral"]
Audience = Literal["", "warga", "desa", "opd", "pimpinan"]
Rule = Literal[
    "weekday-date", "pasaran-date", "no-such-date", "ordinal-order", "ordinal-year", "ordinal-spelling",
    "solemn-selamat", "personal-nik", "personal-kk", "personal-nip", "personal-npwp", "personal-phone",
    "personal-account", "personal-email", "link-domain", "link-short", "promise", "language", "unfilled", "no-source",
    "no-date", "no-alt", "no-who", "no-where", "level-length", "level-sentences", "level-words", "plain-word",
]  # fmt: skip
"""The linter's rules by their stable ids."""
Weekday = Literal["senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"]


class Strict(BaseModel):
    """A table of the file: unknown keys are faults, and so is ``"8"`` where a number belongs."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class CampaignTable(Strict):
    """``[campaigns.NAME]``: a standing rule.

    ``occasion`` names its kind, one file of :mod:`humasbot.pipeline.occasions` each: ``daily`` and ``observance`` (and
    ``at``), ``article`` (and ``source``). Without ``template`` the kind's own is taken, without ``card`` the one that
    fits the day's tone. ``agencies = "all"`` speaks for every agency of a fleet; ``spread``
    scatters the accounts over that time. ``least``, ``kinds``, ``keys`` and ``scope`` choose observances; ``before``
    counts days. ``rule`` is a recurrence of RFC 5545, counted from ``since``; ``slots`` are times of day of which each
    article takes the next free one; ``stock`` is a folder of pieces, none of which comes again before ``again_after``.
    An earthquake of at least ``magnitude`` matters when it was felt with ``intensity`` (MMI) and is within ``distance``
    kilometres, or was felt so in one of ``places``; a warning from ``severity`` on. ``stages`` are the Posts that an
    event of the agenda has. ``pinned`` is the print of the template that a standing approval of alerts holds for.
    """

    occasion: Literal["daily", "article", "observance", "recurring", "evergreen", "digest",
                      "earthquake", "warning", "agenda"]  # fmt: skip
    accounts: list[str] = ["*"]
    template: str = ""
    card: str = ""
    photo_card: str = ""
    picture: Literal["card", "photo", "none"] = "card"
    approval: Literal["person", "policy"] = "person"
    late: Late = "send"
    priority: int = Field(default=0, ge=-10, le=10)
    agencies: Literal["own", "all"] = "own"
    spread: Duration = "0s"
    tone: Tone = "neutral"
    at: Clock | None = None
    days: list[Weekday] = []
    source: str | None = None
    categories: list[str] = []
    voice: Literal["office", "leader"] = "office"
    follow: bool = True
    least: int = Field(default=60, ge=0, le=100)
    kinds: list[str] = []
    keys: list[str] = []
    scope: list[Literal["national", "region", "office"]] = []
    before: int = Field(default=0, ge=0, le=30)
    clash: Literal["first", "all"] = "first"
    rule: str = ""
    since: date | None = None
    slots: list[Clock] = []
    stock: str = ""
    again_after: Positive = "90d"
    audience: Audience = ""
    magnitude: float = Field(default=0.0, ge=0, le=10)
    intensity: int = Field(default=3, ge=0, le=12)
    distance: int = Field(default=150, ge=0, le=5000)
    places: list[str] = []
    severity: Literal["Minor", "Moderate", "Severe", "Extreme"] = "Moderate"
    stages: list[Literal["before", "during", "after"]] = ["before", "during", "after"]
    pinned: str = ""

    @property
    def late_after(self) -> timedelta | None:
        """How long after its time a Delivery may still leave; ``None`` is for ever."""
        if self.late == "send":
            return None
        return timedelta(hours=3) if self.late == "skip" else duration(self.late)


class CalendarTable(Strict):
    """``[calendar]``: where the office is, its own days, and in whose voice it greets.

    ``days`` and ``stock`` are files of the office (docs/CALENDAR.md); ``ahead`` is how many days before it is said
    that a day waits for a person. ``languages`` are wanted regional greetings, ``reviewed`` those that a native
    speaker confirmed.
    """

    province: str = ""
    days: str = ""
    stock: str = ""
    audience: str = ""
    leader: str = ""
    languages: list[str] = []
    reviewed: list[str] = []
    ahead: int = Field(default=14, ge=1, le=60)


def _address(value: Any) -> Any:
    if not is_reference(value):
        raise ValueError(
            t('alamat peringatan memuat rahasia, jadi tidak boleh ditulis di sini; pakai { env = "NAMA" }',
              'an address of alerts holds a secret, so it must not stand here; use { env = "NAME" }')
        )  # fmt: skip
    return value


class AlertsTable(Strict):
    """``[alerts]``: where a person is told of trouble; ``urls`` are references to Apprise addresses."""

    urls: list[Annotated[dict[str, str], BeforeValidator(_address)]] = []


class LintTable(Strict):
    """``[lint]``: the office's own contacts, the sites it may link to, rules that only warn, and rules that block.

    What stands in both blocks. ``audience`` is for whom texts are measured where a campaign does not say.
    """

    contacts: list[str] = []
    domains: list[str] = []
    warn: list[str] = []
    block: list[Rule] = []
    audience: Audience = ""


class ApprovalTable(Strict):
    """``[approval]``: how many different people must say yes before anything of this office is queued."""

    eyes: int = Field(default=1, ge=1, le=2)


def _origin(value: str) -> str:
    if not re.fullmatch(r"https?://[a-z0-9.-]+(?::\d{1,5})?(?:/[\w./-]*)?", value) and value:
        raise ValueError(
            t('"{x}" bukan alamat halaman; tulis misalnya "https://humas.contoh.go.id"',
              '"{x}" is not a page\'s address; write for example "https://humas.contoh.go.id"', x=value[:80])
        )  # fmt: skip
    return value.rstrip("/")


def _listen(value: str) -> str:
    found = re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[\w.-]+):(\d{1,5})", value)
    if not found or int(found[2]) > 65535:
        raise ValueError(
            t('"{x}" bukan HOST:PORT; tulis misalnya "127.0.0.1:8722"',
              '"{x}" is not HOST:PORT; write for example "127.0.0.1:8722"', x=value[:80])
        )  # fmt: skip
    return value


class WebTable(Strict):
    """``[web]``: the page on which people approve. ``address`` is the one that they open, ``listen`` where the office's
    web server finds it."""

    address: Annotated[str, AfterValidator(_origin)] = ""
    listen: Annotated[str, AfterValidator(_listen)] = "127.0.0.1:8722"


def _tag(value: str) -> str:
    tag = value.removeprefix("#")
    if not re.fullmatch(r"\w{2,60}", tag) or tag.replace("_", "").isdigit():
        raise ValueError(
            t('"{x}" bukan tagar: hanya huruf, angka dan garis bawah, tidak hanya angka',
              '"{x}" is no hashtag: letters, digits and underscores only, and not only digits', x=value[:60])
        )  # fmt: skip
    return tag


def _handle(value: str) -> str:
    if not re.fullmatch(r"@[\w.-]{1,100}(?:@[\w.-]{1,200})?", value):
        raise ValueError(
            t(
                '"{x}" bukan sebutan; tulis seperti "@nama"',
                '"{x}" is no handle; write it as "@name"',
                x=value[:60],
            )
        )
    return value


class HashtagsTable(RootModel[dict[str, list[Annotated[str, AfterValidator(_tag)]]]]):
    """``[hashtags]``: the hashtags of each category; those of ``"*"`` go with every post."""

    model_config = ConfigDict(frozen=True, strict=True)
    root: dict[str, list[Annotated[str, AfterValidator(_tag)]]] = {}


class MentionsTable(RootModel[dict[str, dict[str, Annotated[str, AfterValidator(_handle)]]]]):
    """``[mentions]``: who is mentioned by a handle, per platform: ``"Bupati Contoh" = { x = "@bupaticontoh" }``."""

    model_config = ConfigDict(frozen=True, strict=True)
    root: dict[str, dict[str, Annotated[str, AfterValidator(_handle)]]] = {}

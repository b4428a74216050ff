"""One ``humasbot.toml``: read whole, every fault at once with its line; secrets only by reference."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from humasbot.environ import expand, load_env
from humasbot.errors import ConfigError, Problem
from humasbot.kinds import Address, Colour, Duration, Positive, Zone, short
from humasbot.kinds import duration as duration  # for those who read a Duration
from humasbot.sections import (
    AlertsTable,
    ApprovalTable,
    CalendarTable,
    HashtagsTable,
    LintTable,
    MentionsTable,
    Strict,
    WebTable,
)
from humasbot.sections import CampaignTable as CampaignTable
from humasbot.tomlplace import Lines
from humasbot.vault import is_reference
from humasbot.words import reason, t

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
DAYS = ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu")


def _reference(value: Any) -> Any:
    if not is_reference(value):
        raise ValueError(
            t('kunci tidak boleh ditulis di sini; pakai { env = "NAMA" } atau { file = "berkas" }',
              'a key must not stand here; use { env = "NAME" } or { file = "path" }')
        )  # fmt: skip
    return value


Reference = Annotated[dict[str, str], BeforeValidator(_reference)]


class General(Strict):
    """``[humasbot]``: where things are kept and how long things may take."""

    database: Address = "sqlite:///humasbot.db"
    data: str = "data"
    templates: str = "templates"
    language: Literal["id", "en"] = "id"
    allow_hosts: list[str] = []
    ingest_every: Positive = "5m"
    plan_ahead: Positive = "1d"
    apart: Duration = "15m"
    lease: Positive = "10m"
    settle: Duration = "90s"
    give_up: Positive = "1d"
    threads: int = Field(default=8, ge=1, le=256)
    fleet: bool = False
    secret_key: Reference = {"env": "HUMASBOT_SECRET_KEY"}


class AgencyTable(Strict):
    """``[agency]``: the office, where it is (decimal degrees), and its brand."""

    name: str = Field(min_length=1)
    key: str = "utama"
    short: str = ""
    timezone: Zone = "Asia/Jakarta"
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    language: str = "id"
    logo: str = ""
    primary: Colour = "#0B3D91"
    accent: Colour = "#F2B705"
    pattern: str = ""
    portrait: str = ""
    handles: list[str] = []
    sign_off: str = ""
    website: str = ""


class SourceTable(BaseModel):
    """``[sources.NAME]``: ``kind`` and what that kind understands."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)
    kind: str = Field(min_length=1)
    fresh: Duration = "1d"

    @property
    def settings(self) -> dict[str, Any]:
        """Everything but our own keys."""
        return dict(self.model_extra or {})


class AccountTable(BaseModel):
    """``[accounts.NAME]``: ``platform`` and what that platform understands."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)
    platform: str = Field(min_length=1)
    dry_run: bool = False

    @property
    def settings(self) -> dict[str, Any]:
        """Everything but our own keys; a secret is still a reference here."""
        return dict(self.model_extra or {})


M = TypeVar("M", bound=BaseModel)

TABLES: dict[str, type[BaseModel]] = {
    "sources": SourceTable,
    "accounts": AccountTable,
    "campaigns": CampaignTable,
}
SINGLE: dict[str, type[BaseModel]] = {
    "alerts": AlertsTable,
    "approval": ApprovalTable,
    "calendar": CalendarTable,
    "hashtags": HashtagsTable,
    "lint": LintTable,
    "mentions": MentionsTable,
    "web": WebTable,
}


class Config(BaseModel):
    """The whole file, as far as it is sound. ``folder`` is where relative paths start."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)
    folder: Path
    humasbot: General = General()
    agency: AgencyTable
    alerts: AlertsTable = AlertsTable()
    approval: ApprovalTable = ApprovalTable()
    calendar: CalendarTable = CalendarTable()
    hashtags: HashtagsTable = HashtagsTable()
    lint: LintTable = LintTable()
    mentions: MentionsTable = MentionsTable()
    web: WebTable = WebTable()
    sources: dict[str, SourceTable] = {}
    accounts: dict[str, AccountTable] = {}
    campaigns: dict[str, CampaignTable] = {}
    lines: Lines = Field(default_factory=Lines, repr=False)

    def path(self, relative: str) -> Path:
        """*relative* seen from the folder of the configuration file."""
        return self.folder / relative

    @property
    def database_url(self) -> str:
        """The database's address, a relative SQLite file seen from the configuration's folder."""
        from sqlalchemy.engine import make_url
        from sqlalchemy.exc import ArgumentError

        whole = expand(self.humasbot.database)
        try:
            url = make_url(whole)
        except (ArgumentError, ValueError):
            return whole  # refused with a sentence by the Database
        if url.get_backend_name() != "sqlite" or (url.database or ":memory:") == ":memory:":
            return whole
        # Put together by SQLAlchemy, because a folder's name may hold what means something in an address.
        return url.set(database=str(self.folder / (url.database or ""))).render_as_string()

    @property
    def zone(self) -> ZoneInfo:
        """The agency's time zone."""
        return ZoneInfo(self.agency.timezone)


def read(path: Path) -> tuple[Config | None, list[Problem]]:
    """Read a configuration file: what is sound of it, and every fault with its line.

    The Config is ``None`` only when the file cannot be parsed or has no ``[agency]``.
    """
    env: list[Problem] = []
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
        load_env(path.parent / ".env")
    except FileNotFoundError:
        return None, [
            Problem(
                str(path),
                t("tidak ada; buat dengan: humasbot init", "does not exist; make it with: humasbot init"),
            )
        ]
    except OSError as error:
        return None, [
            Problem(str(path), t("tidak terbaca ({why})", "cannot be read ({why})", why=reason(error)))
        ]
    except UnicodeDecodeError:
        return None, [Problem(str(path), t("harus disimpan sebagai UTF-8", "must be saved as UTF-8"))]
    except (ValueError, RecursionError) as error:  # besides its own fault tomllib lets through those of int()
        return None, [_not_toml(path, str(error))]
    except ConfigError as error:
        env = list(error.problems)
    config, problems = parse(data, path.parent.resolve(), Lines.of(text, path.name))
    return config, [*env, *problems]


_TOML = {
    "Cannot overwrite": "kunci ini sudah ditulis sebelumnya",
    "Cannot declare": "tabel ini sudah ditulis sebelumnya",
    "Cannot mutate": "tabel ini sudah ditulis sebelumnya",
    "Duplicate inline table key": "kunci ini sudah ditulis sebelumnya",
    "Expected '='": "tanda sama dengan (=) tidak ada",
    "Expected ']'": "kurung siku penutup tidak ada",
    "Unclosed": "kurung penutup tidak ada",
    "Unterminated string": "tanda kutip penutup tidak ada",
    "Expected newline": "ada tulisan berlebih di ujung baris; teks ditulis dalam tanda kutip",
    "Invalid value": "nilainya tidak sah; teks ditulis dalam tanda kutip",
    "Invalid statement": "baris ini bukan KUNCI = NILAI",
    "Illegal character": "ada karakter yang tidak boleh; teks satu baris ditutup di baris yang sama",
    "Invalid initial character": "nama kuncinya tidak sah",
    "Unescaped '\\'": "tanda \\ di dalam teks ditulis dua kali",
    "Invalid hex": "tanda \\ di dalam teks ditulis dua kali",
    "Invalid date": "tanggalnya tidak sah",
}


def _not_toml(path: Path, words: str) -> Problem:
    line = re.search(r"\(at line ([0-9]+), column [0-9]+\)", words)
    ours = next((said for mark, said in _TOML.items() if words.startswith(mark)), words)
    return Problem(
        f"{path.name}:{line[1]}" if line else str(path),
        t("bukan TOML yang sah: {why}; periksa tanda kutip, kurung dan tanda sama dengan di baris itu",
          "is not valid TOML: {en}; check the quotes, brackets and equals signs of that line", why=ours, en=words),
    )  # fmt: skip


def parse(
    data: Mapping[str, Any], folder: Path, lines: Lines | None = None
) -> tuple[Config | None, list[Problem]]:
    """As :func:`read`, from the decoded tables; *folder* is where relative paths start."""
    lines = lines or Lines()
    problems = [
        Problem(lines.place(str(key)), t("tabel tidak dikenal; yang ada: {all}", "unknown table; there are: {all}",
                                    all=", ".join(("humasbot", "agency", *SINGLE, *TABLES))))
        for key in data
        if key not in ("humasbot", "agency", *SINGLE, *TABLES)
    ]  # fmt: skip
    general = _table(General, data.get("humasbot", {}), ("humasbot",), lines, problems)
    agency = _table(AgencyTable, data.get("agency", {}), ("agency",), lines, problems)
    found: dict[str, Any] = {}
    for key, single in SINGLE.items():
        given = data.get(key, {})
        found[key] = _table(single, given, (key,), lines, problems) or _salvaged(single, given) or single()
    for key, model in TABLES.items():
        found[key] = _named(model, key, data.get(key, {}), lines, problems)
    # What a faulty [agency] leaves usable serves to find the faults of everything else at once.
    given = data.get("agency")
    agency = agency or _salvaged(AgencyTable, {"name": "?"} | given if isinstance(given, dict) else None)
    if agency is None:
        return None, problems
    return Config(folder=folder, humasbot=general or General(), agency=agency, lines=lines, **found), problems


def _salvaged(model: type[M], content: Any) -> M | None:
    """A table without its faulty and unknown keys; ``None`` when that leaves too little.

    It only serves to find what else is wrong: a configuration with a fault is never worked with.
    """
    if not isinstance(content, Mapping):
        return None
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faulty = {str(fault["loc"][0]) for fault in error.errors() if fault["loc"]}
    try:
        return model.model_validate({key: value for key, value in content.items() if str(key) not in faulty})
    except ValidationError:
        return None


def _named(
    model: type[BaseModel], key: str, tables: Any, lines: Lines, problems: list[Problem]
) -> dict[str, Any]:
    if not isinstance(tables, Mapping):
        problems.append(
            Problem(lines.place(key), t("harus berupa tabel [{k}.NAMA]", "must be tables [{k}.NAME]", k=key))
        )
        return {}
    sound = {}
    for name, content in tables.items():
        if not NAME.fullmatch(str(name)):
            problems.append(
                Problem(lines.place(key, str(name)), t("nama hanya boleh huruf kecil, angka, - dan _",
                                                  "a name may hold only lower-case letters, digits, - and _"))
            )  # fmt: skip
        value = _table(model, content, (key, str(name)), lines, problems) or _salvaged(model, content)
        if value is not None:
            sound[str(name)] = value
    return sound


def _table(
    model: type[M], content: Any, path: tuple[str, ...], lines: Lines, problems: list[Problem]
) -> M | None:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            inner = tuple(str(part) for part in fault["loc"])
            problems.append(Problem(lines.place(*path, *inner), _sentence(dict(fault), model)))
        return None


_KINDS = {
    "bool_type": ("true atau false", "true or false"),
    "dict_type": ("tabel", "a table"),
    "float_type": ("bilangan tanpa tanda kutip", "a number without quotes"),
    "int_type": ("bilangan bulat tanpa tanda kutip", "a whole number without quotes"),
    "invalid_key": ("kunci bernama teks", "a key whose name is a text"),
    "list_type": ("daftar dalam kurung siku", "a list in square brackets"),
    "model_type": ("tabel", "a table"),
    "string_type": ("teks dalam tanda kutip", "a text in quotes"),
    "string_unicode": ("teks yang sah", "a valid text"),
}


def _sentence(fault: dict[str, Any], model: type[BaseModel]) -> str:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "missing":
        return t("wajib diisi", "is required")
    if kind == "extra_forbidden":
        return t(
            "kunci tidak dikenal; yang ada: {all}",
            "unknown key; there are: {all}",
            all=", ".join(model.model_fields),
        )
    if kind == "literal_error":
        return t('{x} tidak dikenal; pilihannya: {all}', '{x} is not known; choose from: {all}',
                 x=_shown(fault["input"]), all=context["expected"].replace(" or ", ", "))  # fmt: skip
    if kind == "string_too_short":
        return t("tidak boleh kosong", "must not be empty")
    if kind == "greater_than_equal":
        return t("paling sedikit {n}", "must be at least {n}", n=context["ge"])
    if kind == "less_than_equal":
        return t("paling banyak {n}", "must be at most {n}", n=context["le"])
    if kind in _KINDS:
        return t("harus berupa {x}", "must be {y}", x=_KINDS[kind][0], y=_KINDS[kind][1])
    return str(fault["msg"])


def _shown(value: Any) -> str:
    """What a person wrote, short enough for a sentence; only a text is shown as it is."""
    return f'"{short(value)}"' if isinstance(value, str) else t("nilai ini", "this value")

"""Bring the configuration into the database, by name; and every fault of it that needs more than its own table."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select
from sqlmodel.sql.expression import SelectOfScalar

from humasbot import audit
from humasbot.config import Config
from humasbot.errors import ConfigError, InputError, NotFoundError, Problem
from humasbot.models import Account, Agency, Campaign, Source, utc_now
from humasbot.pipeline import tagging
from humasbot.pipeline.occasions.registry import kind_of
from humasbot.pipeline.office import FROM_AGENCY, Office, place_of, quota_of
from humasbot.platforms.registry import platform
from humasbot.templates import Templates, builtin_folder
from humasbot.vault import is_reference, is_stored
from humasbot.words import t

BRAND = ("short", "logo", "primary", "accent", "pattern", "portrait", "handles", "sign_off", "website")
ANNOUNCE = "announce"
"""The campaign that one-off announcements belong to; a name that the file cannot have."""


def faults(config: Config) -> list[Problem]:
    """Everything wrong between the tables: platforms, source kinds, and what campaigns refer to."""
    problems = []
    for name, account in config.accounts.items():
        problems += _account_faults(config, name, account.platform, account.settings)
    for name, source in config.sources.items():
        problems += _source_faults(config, name, source.kind, source.settings)
    templates = Templates([config.path(config.humasbot.templates)])
    for name in config.campaigns:
        problems += _campaign_faults(config, name, templates)
    return problems + _brand_faults(config) + _calendar_faults(config) + tagging.faults(config)


def _calendar_faults(config: Config) -> list[Problem]:
    """A place nobody knows, and the faults of the office's own days and sentences."""
    from humasbot.occasions.catalogue import load
    from humasbot.occasions.regions import code_of
    from humasbot.occasions.stock import load_stock

    given = config.calendar
    tries: tuple[tuple[str, Callable[[], object]], ...] = (
        ("province", lambda: code_of(given.province)),
        ("days", lambda: load(config.path(given.days)) if given.days else None),
        ("stock", lambda: load_stock(config.path(given.stock)) if given.stock else None),
    )
    problems = []
    for key, attempt in tries:
        try:
            attempt()
        except ConfigError as error:
            problems += [Problem(problem.where, problem.message) for problem in error.problems]
        except InputError as error:
            problems.append(Problem(config.lines.place("calendar", key), str(error)))
    return problems or _language_faults(config)


def _language_faults(config: Config) -> list[Problem]:
    """Regional greetings that the stock does not have: they would never be said, and nobody would know why."""
    from humasbot.occasions.stock import load_stock

    given = config.calendar
    if not given.languages:
        return []
    known = load_stock(config.path(given.stock) if given.stock else None).regional
    return [
        Problem(
            config.lines.place("calendar", "languages"),
            t("tidak ada sapaan daerah {x}; yang ada: {all}", "there is no regional greeting {x}; there are: {all}",
              x=code, all=", ".join(f"{code} ({one.name})" for code, one in known.items())),
        )
        for code in given.languages
        if code not in known
    ]  # fmt: skip


def _brand_faults(config: Config) -> list[Problem]:
    """The pictures of the brand that are not there: without them no card can be drawn."""
    given = {key: str(getattr(config.agency, key)) for key in ("logo", "pattern", "portrait")}
    return [
        Problem(
            config.lines.place("agency", key),
            t("berkas {f} tidak ada; periksa namanya, dihitung dari folder {d}",
              "there is no file {f}; check its name, seen from the folder {d}", f=name, d=config.folder),
        )
        for key, name in given.items()
        if name and (key != "pattern" or "." in name) and not config.path(name).is_file()
    ]  # fmt: skip


def _account_faults(config: Config, name: str, kind: str, settings: Mapping[str, Any]) -> list[Problem]:
    def place(key: str = "") -> str:
        return config.lines.place("accounts", name, *([key] if key else []))

    try:
        cls = platform(kind)
    except ConfigError as error:
        return [Problem(place("platform"), str(problem)) for problem in error.problems]
    known = {setting.name: setting for setting in cls.settings}
    problems = [
        Problem(place(key), t("bukan pengaturan {p}; yang ada: {all}", "is not a setting of {p}; there are: {all}",
                              p=cls.title, all=", ".join(known)))
        for key in settings
        if key not in known
    ]  # fmt: skip
    for key, value in settings.items():
        if key in known and is_stored(value) and not known[key].secret:
            words = t("bukan rahasia; tulis nilainya di sini", "is no secret; write its value here")
            problems.append(Problem(place(key), words))
        if key in known and known[key].secret and not (is_reference(value) or is_stored(value)):
            problems.append(
                Problem(place(key), t('rahasia tidak boleh ditulis di sini; pakai { env = "NAMA" }',
                                      'a secret must not stand here; use { env = "NAME" }'))
            )  # fmt: skip
    problems += [
        Problem(
            place(), t("{k} wajib diisi: {about}", "{k} is required: {about}", k=key, about=setting.about)
        )
        for key, setting in known.items()
        if setting.required and not setting.default and key not in settings and key not in FROM_AGENCY
    ]
    return problems


def _source_faults(config: Config, name: str, kind: str, settings: Mapping[str, Any]) -> list[Problem]:
    from humasbot.net import Http
    from humasbot.sources.registry import source_kind

    try:
        cls = source_kind(kind)
    except ConfigError as error:
        return [
            Problem(config.lines.place("sources", name, "kind"), str(problem)) for problem in error.problems
        ]
    # A secret that is not there yet is the reader's fault when it reads, not the file's.
    values = place_of(config, {option.name for option in cls.settings})
    values |= {key: "x" * 40 if is_reference(value) else str(value) for key, value in settings.items()}
    try:
        cls.from_settings(values, Http())
    except ConfigError as error:
        return [
            Problem(config.lines.place("sources", name, problem.where), problem.message)
            for problem in error.problems
        ]
    return []


def _campaign_faults(config: Config, name: str, templates: Templates) -> list[Problem]:
    campaign = config.campaigns[name]

    def fault(key: str, indonesian: str, english: str, **values: Any) -> Problem:
        path = ("campaigns", name, key) if key else ("campaigns", name)
        return Problem(config.lines.place(*path), t(indonesian, english, **values))

    problems = []
    if name == ANNOUNCE:
        problems.append(fault("", "nama ini dipakai humasbot sendiri", "this name is humasbot's own"))
    kind = kind_of(campaign.occasion)
    problems += [fault(key, "{why}", "{why}", why=why) for key, why in kind.faults(config, name, campaign)]
    problems += [
        fault("accounts", "akun {a} tidak ada; yang ada: {all}", "there is no account {a}; there are: {all}", a=account,
              all=", ".join(config.accounts) or "-")
        for account in campaign.accounts
        if account != "*" and account not in config.accounts
    ]  # fmt: skip
    wanted = campaign.template or kind.template
    problems += [
        fault("template", "{why}", "{why}", why=fault_.message)
        for fault_ in (templates.check(wanted) if wanted else ())
    ]
    cards = {"card": campaign.card, "photo_card": campaign.photo_card}
    problems += [
        fault(key, "tidak ada templat kartu {c}; lihat: humasbot cards gallery",
              "there is no card template {c}; see: humasbot cards gallery", c=card)
        for key, card in cards.items()
        if card and not card_there(config, card)
    ]  # fmt: skip
    return problems


def card_there(config: Config, name: str) -> bool:
    """Whether a card template has a file, as the renderer looks for it; without loading the renderer."""
    if name.endswith(".toml"):
        return Path(name).is_file()
    own, ours = config.path(config.humasbot.templates) / "cards", builtin_folder() / "cards"
    folders = [ours] if name.startswith("builtin/") else [own, ours]
    return any((folder / f"{name.removeprefix('builtin/')}.toml").is_file() for folder in folders)


def store(office: Office) -> None:
    """Upsert agency, sources, accounts and campaigns by name; what the file no longer names becomes inactive.

    Writes only what differs: to look at its lists an office needs no right to write, and waits for nobody who does.
    """
    if _settled(office):
        return
    try:
        _store(office)
    except IntegrityError:  # another process of this office made the rows at the same moment
        _store(office)


def _settled(office: Office) -> bool:
    """Whether the rows say already what the configuration says."""
    with office.database.read() as session, session.no_autoflush:
        if session.exec(_own(office.config)).one_or_none() is None:
            return False
        _bring(session, office.config)
        return not (session.new or any(session.is_modified(row) for row in session.dirty))


def _store(office: Office) -> None:
    with office.database.write() as session:
        with session.no_autoflush:
            _bring(session, office.config)
        _record(session)


def _record(session: Session) -> None:
    """What the file changed about the accounts goes into the trail; settings hold references, never a secret."""
    added = [row for row in session.new if isinstance(row, Account)]
    dirty = [row for row in session.dirty if isinstance(row, Account) and session.is_modified(row)]
    session.flush()  # a new one gets its number
    for row in sorted((*added, *dirty), key=lambda account: account.id or 0):
        how = "added" if row in added else "changed" if row.active else "removed"
        audit.record(
            session, "configured", f"account:{row.id}", actor="humasbot.toml", account=row.id, how=how,
            platform=row.platform, dry_run=row.dry_run, settings=row.settings,
        )  # fmt: skip


def _bring(session: Session, config: Config) -> None:
    """Make the session's rows what the configuration says."""
    agency = _agency(session, config)
    _rows(session, Source, agency, {
        name: {"kind": table.kind, "settings": table.settings} for name, table in config.sources.items()
    })  # fmt: skip
    _rows(session, Account, agency, {
        name: {
            "platform": table.platform,
            "settings": table.settings,
            "dry_run": table.dry_run,
            "quota": quota_of(table.platform, table.settings),
        }
        for name, table in config.accounts.items()
    })  # fmt: skip
    campaigns = {
        name: {"occasion": table.occasion, "settings": table.model_dump(mode="json")}
        for name, table in config.campaigns.items()
    }
    _rows(session, Campaign, agency, campaigns | {ANNOUNCE: {"occasion": ANNOUNCE, "settings": {}}})


def unsaved(config: Config, names: list[str]) -> tuple[Agency, list[Account]]:
    """The agency and its accounts as configured, without a database (for previews)."""
    agency = _fill(Agency(name=config.agency.key), config)
    return agency, [
        Account(id=-number, agency_id=0, name=name, platform=table.platform, settings=table.settings)
        for number, (name, table) in enumerate(config.accounts.items(), start=1)
        if "*" in names or name in names
    ]


def _own(config: Config) -> SelectOfScalar[Agency]:
    return select(Agency).where(Agency.name == config.agency.key)


def _agency(session: Session, config: Config) -> Agency:
    known = session.exec(_own(config)).one_or_none()
    agency = _fill(known or Agency(name=config.agency.key), config)
    if known is None:
        session.add(agency)
        session.flush()  # its rows need its number
    return agency


def _fill(agency: Agency, config: Config) -> Agency:
    table = config.agency
    agency.title, agency.timezone, agency.language = table.name, table.timezone, table.language
    agency.brand = table.model_dump(mode="json", include=set(BRAND))
    agency.eyes = config.approval.eyes
    return agency


def _rows(
    session: Session,
    model: type[Source | Account | Campaign],
    agency: Agency,
    wanted: Mapping[str, Mapping[str, Any]],
) -> None:
    rows: Sequence[Any] = session.exec(select(model).where(model.agency_id == agency.id)).all()
    known = {row.name: row for row in rows}
    for name, values in wanted.items():
        row = known.pop(name, None) or model(agency_id=agency.id or 0, name=name, **values)
        for key, value in {**values, "active": True}.items():
            if getattr(row, key) != value:
                setattr(row, key, value)
        session.add(row)
    for row in known.values():
        row.active = False


def agency_of(session: Session, config: Config) -> Agency:
    """The configuration's own agency."""
    return session.exec(_own(config)).one()


def accounts_of(
    session: Session, agency: Agency, names: list[str] | tuple[str, ...] = ("*",)
) -> list[Account]:
    """The active accounts of those names (``*`` is all), by name.

    Raises :class:`~humasbot.errors.NotFoundError` naming every one that does not exist.
    """
    query = select(Account).where(Account.agency_id == agency.id, Account.active).order_by(Account.name)
    found = {account.name: account for account in session.exec(query).all()}
    if missing := [name for name in names if name != "*" and name not in found]:
        raise NotFoundError(
            t("tidak ada akun {m}; yang ada: {all}", "there is no account {m}; there are: {all}", m=", ".join(missing),
              all=", ".join(found) or "-")
        )  # fmt: skip
    return [account for name, account in found.items() if "*" in names or name in names]


def meant(session: Session, config: Config, text: str) -> tuple[Agency, str]:
    """The agency and the account's name that a person means: ``facebook``, or on a fleet ``desa7/facebook``.

    Raises :class:`~humasbot.errors.NotFoundError` for an agency that is not there.
    """
    key, slash, name = text.rpartition("/")
    if not slash or key == config.agency.key:
        return agency_of(session, config), name
    found = session.exec(select(Agency).where(Agency.name == key)).one_or_none()
    if found is None or not config.humasbot.fleet:
        raise NotFoundError(
            t("tidak ada instansi {k}; akun kantor ini ditulis namanya saja, akun instansi lain INSTANSI/AKUN dengan "
              "kunci dari agencies.csv",
              "there is no agency {k}; write an account of this office by its name alone, of another as AGENCY/ACCOUNT "
              "with the key of agencies.csv", k=key)
        )  # fmt: skip
    return found, name


def set_pause(office: Office, name: str, reason: str, *, actor: str = "") -> None:
    """Pause an account for *reason*, or with an empty one let it send again; *name* as :func:`meant`.

    Raises :class:`~humasbot.errors.NotFoundError`.
    """
    with office.database.write() as session:
        agency, name = meant(session, office.config, name)
        (account,) = accounts_of(session, agency, [name])
        account.paused_at = utc_now() if reason else None
        account.paused_why, account.held_until = reason, None
        session.add(account)
        act = "paused" if reason else "resumed"
        audit.record(
            session, act, f"account:{account.id}", actor=actor or "?", account=account.id, reason=reason
        )

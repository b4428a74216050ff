"""Looking at everything an office needs before it speaks: one finding each, with what is wrong and how to mend it.

Nothing is sent and nothing recorded. What the configuration leaves usable is checked even when it has faults.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from humasbot import app
from humasbot import config as configuration
from humasbot.checking import credentials, machine, office, trust
from humasbot.checking.finding import ERROR, OK, WARNING, Finding, guarded
from humasbot.checking.served import served
from humasbot.checking.store import Store
from humasbot.config import Config
from humasbot.errors import ConfigError
from humasbot.models import utc_now
from humasbot.pipeline.office import Office
from humasbot.vault import Vault
from humasbot.words import t

_TABLE = re.compile(r"\[((?:accounts|sources|campaigns)\.[^\]]+)\]")
__all__ = ["ERROR", "OK", "WARNING", "Finding", "check"]


def check(path: Path, *, offline: bool = False, now: datetime | None = None) -> Iterator[Finding]:
    """Every finding about the office of a configuration file, told as it is found; *now* (aware) is the present.

    With *offline* nothing on the network is asked. Never raises.
    """
    now = now or utc_now()
    yield from guarded("config", path.name, partial(_configuration, path))
    config = _usable(path)
    if config is None:
        yield from guarded("fonts", "raqm", machine.shaping)
        yield from guarded("fonts", "files", machine.fonts)
        return
    vault = Vault(config.folder)
    for finding in _office(_without_faulty(path, config), vault, offline, now):
        yield replace(finding, message=vault.redact(finding.message))


def _configuration(path: Path) -> Iterator[Finding]:
    config = app.load(path)
    yield Finding(
        "config", path.name, OK,
        t("{s} sumber, {a} akun, {c} kampanye", "{s} sources, {a} accounts, {c} campaigns", s=len(config.sources),
          a=len(config.accounts), c=len(config.campaigns)),
    )  # fmt: skip
    if not config.accounts:
        sentence = t("belum ada akun, jadi tidak ada yang dapat terbit; tambahkan [accounts.NAMA]",
                     "there is no account, so nothing can be published; add [accounts.NAME]")  # fmt: skip
        yield Finding("config", path.name, WARNING, sentence)
    if waiting := [code for code in config.calendar.languages if code not in config.calendar.reviewed]:
        sentence = t("sapaan daerah {x} belum dipakai: minta penutur asli memeriksanya, lalu tulis di [calendar] "
                     "reviewed",
                     "the regional greeting {x} is not used yet: let a native speaker confirm it, then list it in "
                     "[calendar] reviewed", x=", ".join(waiting))  # fmt: skip
        yield Finding("config", path.name, WARNING, sentence)


def _without_faulty(path: Path, config: Config) -> Config:
    """*config* without the accounts, sources and campaigns whose tables have faults: those are told already."""
    try:
        app.load(path)
    except ConfigError as error:
        faulty = {found[1] for problem in error.problems if (found := _TABLE.search(problem.where))}
    else:
        return config
    sound = {
        kind: {name: table for name, table in getattr(config, kind).items() if f"{kind}.{name}" not in faulty}
        for kind in ("accounts", "sources", "campaigns")
    }
    return config.model_copy(update=sound)


def _usable(path: Path) -> Config | None:
    """What is sound of the configuration; its faults are told already."""
    try:
        return configuration.read(path)[0]
    except ConfigError:
        return None


def _office(config: Config, vault: Vault, offline: bool, now: datetime) -> Iterator[Finding]:
    store = Store(config)
    yield from guarded("database", "open", store.check)
    yield from guarded("disk", "", lambda: machine.disks(_folders(config)))
    yield from guarded("fonts", "raqm", machine.shaping)
    yield from guarded("fonts", "files", machine.fonts)
    yield from guarded("clock", "time", lambda: machine.clock(config, store.newest, now))
    # A database of its own, so that neither a broken one stands in the way nor a check leaves anything behind.
    memory = config.humasbot.model_copy(update={"database": "sqlite:///:memory:"})
    real = Office(config, vault) if store.ready else None
    keyring = real.keyring if real else credentials.nothing(config, vault)
    with_memory = Office(config.model_copy(update={"humasbot": memory}), vault, keyring)
    try:
        if not offline:
            sites = office.addresses(config)
            yield from guarded("clock", "servers", lambda: machine.compared(with_memory.http, sites))
        yield from guarded("account", "", lambda: office.accounts(with_memory, store.paused, offline=offline))
        if real:
            yield from guarded("account", "", lambda: credentials.due(real, now))
        yield from guarded("source", "", lambda: office.sources(with_memory, store.failing, offline=offline))
        yield from guarded("template", "", lambda: office.templates(with_memory, now))
        yield from guarded("alerts", "urls", lambda: trust.reached(with_memory))
        if real and config.humasbot.fleet and not real.database.is_sqlite:
            yield from guarded("daemon", "fleet", lambda: served(real))
        else:
            yield from guarded("daemon", "heartbeat", lambda: office.daemon(config, now))
    finally:
        with_memory.close()
        if real:
            real.close()


def _folders(config: Config) -> list[Path]:
    """Where this office writes: its database, if that is a file, and its data."""
    place = config.database_url.partition("sqlite:///")[2]
    return [
        *([Path(place).parent] if place and place != ":memory:" else []),
        config.path(config.humasbot.data),
    ]

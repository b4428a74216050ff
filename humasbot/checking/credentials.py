"""Credentials of the encrypted store: whether they are alive, how long, and what is due after their end."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from humasbot.checking.finding import ERROR, WARNING, Finding
from humasbot.config import Config
from humasbot.database import Database
from humasbot.indonesian import long_moment
from humasbot.keyring import Kept, Keyring, State, Whose
from humasbot.models import Account, Grant
from humasbot.pipeline.expiring import expiring
from humasbot.pipeline.office import Office, whose
from humasbot.renewing import ended
from humasbot.vault import Vault, is_stored
from humasbot.words import t

SOON = timedelta(days=7)


class Nothing(Keyring):
    """The store of an office that has no database yet."""

    def fetch(self, whose: Whose, session: Any = None) -> dict[str, Kept]:
        """There is nothing."""
        return {}

    def state(self, whose: Whose) -> State:
        """There is nothing."""
        return State("", None)


def nothing(config: Config, vault: Vault) -> Keyring:
    """A store that holds nothing, without a database."""
    return Nothing(Database("sqlite:///:memory:"), config.agency.key, config.humasbot.secret_key, vault)


def uses_store(settings: Mapping[str, Any]) -> bool:
    """Whether an account has a secret in the store."""
    return any(is_stored(value) for value in settings.values())


def standing(office: Office, account: Account, now: datetime) -> Iterator[Finding]:
    """What is wrong, or soon will be, with the stored credential of an account; it is neither used nor renewed."""
    who = whose(account)
    with office.keyring.database.read() as session:
        grant: Grant | None = session.exec(office.keyring.grants(who)).one_or_none()
    if grant is not None and grant.problem:
        yield Finding("account", account.name, ERROR, grant.problem)
        return
    ends = office.keyring.state(who).ends
    if ends is None or ends > now + SOON:
        return
    at = long_moment(ends, office.zone)
    if grant is not None and grant.renew_at is not None:
        if ends <= now:
            sentence = t("tokennya habis {d}; diperbarui sendiri begitu daemon berjalan atau ada yang dikirim",
                         "its token ran out {d}; it is renewed as soon as the daemon runs or something is sent",
                         d=at)  # fmt: skip
            yield Finding("account", account.name, WARNING, sentence)
        return
    if ends <= now:
        yield Finding("account", account.name, ERROR, ended(account.name, account.platform))
        return
    sentence = t("tokennya habis {d} dan tidak dapat diperbarui sendiri; hubungkan lagi sebelum itu: humasbot connect "
                 "{p} --account {a}",
                 "its token runs out {d} and cannot be renewed by itself; connect it again before: humasbot connect "
                 "{p} --account {a}", d=at, p=account.platform, a=account.name)  # fmt: skip
    yield Finding("account", account.name, WARNING, sentence)


def due(office: Office, now: datetime) -> Iterator[Finding]:
    """What is due within a week on an account that will not be able to send it."""
    for told in expiring(office, now):
        yield Finding("account", told.key.split("/")[1], WARNING, told.text)

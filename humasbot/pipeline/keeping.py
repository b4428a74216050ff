"""The key of the encrypted store: made where the configuration says, and changed without losing a secret."""

import os
import re
import tempfile
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from humasbot import audit
from humasbot.config import NAME
from humasbot.errors import InputError
from humasbot.keyring import Kept, Whose, new_key
from humasbot.models import Account, Agency
from humasbot.pipeline import setup
from humasbot.pipeline.office import Office
from humasbot.platforms.registry import platform
from humasbot.words import t


def make_key(office: Office) -> str:
    """Make a key and put it where ``[humasbot] secret_key`` says: its file, or a line of ``.env``; returns the place.

    Raises :class:`~humasbot.errors.InputError` where there is a key already.
    """
    reference = office.config.humasbot.secret_key
    if "file" in reference:
        path = office.config.path(reference["file"])
        if path.exists() and path.read_text(encoding="utf-8").strip():
            raise _there(str(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, new_key() + "\n")
        return str(path)
    name, path = reference["env"], office.config.path(".env")
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    line = re.compile(rf"^\s*(?:export\s+)?{re.escape(name)}\s*=\s*(\S?)", re.MULTILINE)
    if os.environ.get(name) or any(found[1] for found in line.finditer(before)):
        raise _there(name)
    key = new_key()
    kept = "".join(row for row in before.splitlines(keepends=True) if not line.match(row))
    gap = "\n" if kept and not kept.endswith("\n") else ""
    _replace(path, f"{kept}{gap}{name}={key}\n")
    os.environ[name] = key
    return f"{path} ({name})"


def keep(office: Office, account: str, name: str, secret: str, *, actor: str = "") -> None:
    """Store one secret of an account under the name of its setting; *account* as :func:`setup.meant`.

    Raises :class:`~humasbot.errors.InputError` for an empty secret, and for a name that the account's platform does not
    know as a secret; :class:`~humasbot.errors.NotFoundError` for an agency that is not there;
    :class:`~humasbot.keyring.SecretError` without a key.
    """
    value = secret.strip()
    if not NAME.fullmatch(account.rpartition("/")[2]) or not value:
        raise InputError(t("nama akun atau rahasianya kosong atau tidak sah",
                           "the account's name or the secret is empty or not valid"))  # fmt: skip
    with office.database.write() as session:
        agency, own = setup.meant(session, office.config, account)
        kind = platform_of(office, session, agency, own)
        known = [setting.name for setting in platform(kind).settings if setting.secret] if kind else [name]
        if name not in known:
            raise InputError(t("{n} bukan rahasia {p}; yang ada: {all}", "{n} is no secret of {p}; there are: {all}",
                               n=name, p=kind, all=", ".join(known)))  # fmt: skip
        office.keyring.put(session, Whose(own, agency.id or 0), {name: Kept(value)})
        told(session, "secret_kept", agency.name, own, actor, secret=name)


def forget(office: Office, account: str, name: str | None = None, *, actor: str = "") -> int:
    """Delete the stored secrets of an account, or the one of that *name*; how many there were.

    *account* as :func:`setup.meant`. Raises :class:`~humasbot.errors.NotFoundError`.
    """
    with office.database.write() as session:
        agency, own = setup.meant(session, office.config, account)
        count = office.keyring.forget(session, Whose(own, agency.id or 0), name)
        if count:
            told(session, "secrets_forgotten", agency.name, own, actor, secret=name or "", count=count)
    return count


def platform_of(office: Office, session: Session, agency: Agency, account: str) -> str:
    """The platform of an account: as this office's configuration says, or the row of another agency; or nothing."""
    if agency.name == office.config.agency.key:
        table = office.config.accounts.get(account)
        return table.platform if table else ""
    query = select(Account.platform).where(Account.agency_id == agency.id, Account.name == account)
    return session.exec(query).one_or_none() or ""


def told(session: Session, act: str, agency: str, account: str, actor: str, **detail: Any) -> None:
    """Write into the trail what was done with the secrets of an account of that *agency* (its key); names only."""
    audit.record(session, act, f"secrets:{account or '*'}", actor=actor or "?", agency=agency, **detail)


def rotate(office: Office, *, actor: str = "") -> tuple[int, bool]:
    """Put every stored secret under a new key; how many there were, and whether a key was made for it.

    A key in a file is made here, in front of the old ones, in one step; should the process die after that, the next
    call goes on with the same key. A key in the environment has to be put there by a person. Raises
    :class:`~humasbot.errors.InputError` where that is missing, and :class:`~humasbot.keyring.SecretError`.
    """
    reference, ring = office.config.humasbot.secret_key, list(office.keyring.keys())
    behind = any(row.key_id != ring[0] for row in office.keyring.listed())
    made = False
    if not behind and "file" in reference:
        path = office.config.path(reference["file"])
        _replace(path, f"{new_key()}\n{path.read_text(encoding='utf-8').strip()}\n")
        made = True
    elif not behind:
        raise InputError(
            t("taruh kunci baru di depan yang lama, {n}=BARU,LAMA (kunci baru: humasbot secrets key --print), mulai "
              "ulang daemon, lalu ulangi",
              "put a new key in front of the old one, {n}=NEW,OLD (a new key: humasbot secrets key --print), restart "
              "the daemon, then run this again", n=reference["env"])
        )  # fmt: skip
    with office.database.write() as session:
        count = office.keyring.rotate(session)
        key = next(iter(office.keyring.keys()))
        told(session, "key_changed", office.config.agency.key, "", actor, count=count, key=key)
    return count, made


def _there(place: str) -> InputError:
    return InputError(
        t("sudah ada kunci di {p}; untuk menggantinya: humasbot secrets rotate",
          "there is a key at {p} already; to change it: humasbot secrets rotate", p=place)
    )  # fmt: skip


def _replace(path: Path, text: str) -> None:
    """Write *text* in one step, readable for the owner only."""
    descriptor, spare = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # made with rights 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(spare).replace(path)
    except BaseException:
        Path(spare).unlink(missing_ok=True)
        raise

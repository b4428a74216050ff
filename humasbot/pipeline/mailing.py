"""Subscribing, as far as it needs the office's own mail account: the letter that asks to confirm."""

from sqlmodel import Session

from humasbot.errors import InputError, NotFoundError
from humasbot.models import Account, Recipient
from humasbot.pipeline.office import Office
from humasbot.pipeline.setup import accounts_of, agency_of
from humasbot.platforms.email import Email
from humasbot.subscribers import subscribe
from humasbot.subscribers.register import DEFAULT_LIST
from humasbot.words import t


def mail_account(office: Office, session: Session, list_name: str) -> Account:
    """The e-mail account that writes to *list_name*. Raises :class:`~humasbot.errors.NotFoundError`."""
    for account in accounts_of(session, agency_of(session, office.config)):
        if account.platform == Email.name and account.settings.get("list", DEFAULT_LIST) == list_name:
            return account
    raise NotFoundError(
        t('tidak ada akun surel untuk daftar {n}; tambahkan [accounts.NAMA] dengan platform = "email"',
          'there is no e-mail account for the list {n}; add [accounts.NAME] with platform = "email"', n=list_name)
    )  # fmt: skip


def ask(
    office: Office, address: str, *, name: str = "", list_name: str = DEFAULT_LIST, how: str = ""
) -> Recipient:
    """Put *address* on an e-mail list as pending and send the letter that asks to confirm.

    Asking again sends another letter, whose link is then the only one that counts. Raises
    :class:`~humasbot.errors.InputError`, and what a publisher raises when the letter could not be handed in.
    """
    with office.database.read() as session:
        account = mail_account(office, session, list_name)
    publisher = office.publisher(account)
    if not isinstance(publisher, Email):
        raise InputError(t("akun {a} bukan surel", "the account {a} is no e-mail", a=account.name))
    asked = subscribe(office.register, address, name=name, list_name=list_name, how=how)
    if asked.token:
        publisher.ask_to_confirm(asked.recipient.address, asked.recipient.name, asked.token)
    return asked.recipient

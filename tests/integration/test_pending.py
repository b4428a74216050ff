"""What waits for a person is counted as it is listed, whatever stands in the database."""

from itertools import count, product
from typing import Any

import pytest

from humasbot.app import Humasbot
from humasbot.models import (
    DELIVERY_STATES,
    WITHDRAWAL_STATES,
    Account,
    Agency,
    Approval,
    Campaign,
    Delivery,
    Held,
    Post,
    Receipt,
    Variant,
    Withdrawal,
    utc_now,
)

Rows = dict[type[Any], list[Any]]
ORDER = (Agency, Campaign, Account, Post, Held, Variant, Approval, Delivery, Receipt, Withdrawal)
NUMBERS = count(1000)
STAGES = [
    ("", ""), ("voided", ""), ("standing", ""),
    *product(("voided", "standing"), (state for state in DELIVERY_STATES if state != "sending")),
]  # fmt: skip
"""Whether a Variant was approved, and the state of its Delivery, if it has one."""
STOPPED = (("", ""), ("tidak perlu", ""), ("", "berkabung"))
"""Why the Variant is refused, and why the Post is held back."""


@pytest.fixture
def desks(bot: Humasbot) -> list[Any]:
    """Two offices with all that there may be, each once."""
    rows: Rows = {model: [] for model in ORDER}
    own = 1
    other = _row(rows, Agency, name="lain", title="Dinas Lain", timezone="Asia/Jakarta", language="id")
    for agency in (own, other):
        _everything(rows, agency)
    with bot.office.database.write() as session:
        for made in rows.values():
            session.add_all(made)
            session.flush()
    return [bot.desk(agency) for agency in (own, other)]


def _everything(rows: Rows, agency: int) -> None:
    campaign = _row(rows, Campaign, agency_id=agency, name="semua", occasion="daily")
    active, second, left = (
        _row(rows, Account, agency_id=agency, name=name, platform="scripted", active=name != "pergi")
        for name in ("aktif", "kedua", "pergi")
    )
    each = product((active, left), STAGES, STOPPED)
    for place, (account, stage, (refused, skipped)) in enumerate(each):
        post = _post(rows, agency, campaign, skipped)
        _variant(rows, post, account, stage, refused, place)
        if place % 4 == 0:
            _variant(rows, post, second, ("", ""), "")
        if skipped:
            _row(rows, Held, agency_id=agency, post_id=post, code="mourning", held_at=utc_now(),
                 settled_at=None if place % 2 else utc_now())  # fmt: skip
    # Only one of an account can be on its way.
    _variant(rows, _post(rows, agency, campaign, ""), second, ("voided", "sending"), "")


def _post(rows: Rows, agency: int, campaign: int, skipped: str) -> int:
    return _row(rows, Post, agency_id=agency, campaign_id=campaign, occasion=str(next(NUMBERS)), title="Kabar",
                due_at=utc_now(), skipped=skipped)  # fmt: skip


def _variant(
    rows: Rows, post: int, account: int, stage: tuple[str, str], refused: str, place: int = 0
) -> None:
    approved, state = stage
    variant = _row(rows, Variant, post_id=post, account_id=account, title="Kabar", text="Kabar", due_at=utc_now(),
                   refused=refused)  # fmt: skip
    if not approved:
        return
    approval = _row(rows, Approval, variant_id=variant, hash="h", actor="ani", approved_at=utc_now(),
                    voided_at=utc_now() if approved == "voided" else None)  # fmt: skip
    if not state:
        return
    delivery = _row(rows, Delivery, variant_id=variant, account_id=account, approval_id=approval,
                    key=str(next(NUMBERS)), state=state, due_at=utc_now(), next_at=utc_now(),
                    needs_person=place % 2 == 0)  # fmt: skip
    if state == "sent":
        receipt = _row(rows, Receipt, delivery_id=delivery, remote_id="1", published_at=utc_now())
        _row(rows, Withdrawal, receipt_id=receipt, state=WITHDRAWAL_STATES[place % 3])


def _row(rows: Rows, model: Any, **values: Any) -> int:
    """A new row; it is numbered here, so that all can be written at once."""
    number = next(NUMBERS)
    rows[model].append(model(id=number, **values))
    return number


def test_what_waits_for_a_person_is_counted_as_it_is_listed(desks: list[Any]) -> None:
    for desk in desks:
        waiting, held, left = desk.waiting(), desk.frozen(), desk.to_delete()
        doubts = [row for row in desk.uncertain() if row["needs_person"]]
        assert desk.pending() == (len(waiting), len(doubts) + len(held) + len(left))
        assert all((waiting, doubts, held, left))
        assert sum(len(row["accounts"]) for row in waiting) > len(waiting), "a Post counts once"
        assert len(desk.uncertain()) > len(doubts), "what is still looked for waits for nobody"


def test_of_an_agency_without_anything_nothing_waits(bot: Humasbot) -> None:
    assert bot.desk(1).pending() == (0, 0)

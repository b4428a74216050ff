"""What the platforms say of an account's quotas."""

from datetime import datetime

from sqlalchemy import UniqueConstraint

from humasbot.models.base import Table, moment, number, ref


class Quota(Table, table=True):
    """One quota of an account as its platform last told it: ``used`` of ``total`` within ``seconds``, at ``read_at``.

    ``what`` is counted: ``posts``, or something else that is only shown. ``resets_at`` is when the window begins anew,
    where the platform names it.
    """

    __tablename__ = "humasbot_quota"
    __table_args__ = (UniqueConstraint("account_id", "what"),)
    id: int | None = number()
    account_id: int = ref("account.id")
    what: str
    used: int
    total: int
    seconds: int
    resets_at: datetime | None = moment(nullable=True)
    read_at: datetime = moment()

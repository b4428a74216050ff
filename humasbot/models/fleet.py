"""What the machines of a fleet share besides the work itself."""

from datetime import datetime

from sqlmodel import Field

from humasbot.models.base import Table, moment


class Lease(Table, table=True):
    """Who does what only one may do at a time, and until when unless it is renewed."""

    __tablename__ = "humasbot_lease"
    name: str = Field(primary_key=True)
    holder: str
    until: datetime = moment()


class Throttle(Table, table=True):
    """A quota that several accounts share (a platform's application, say) is used up until then."""

    __tablename__ = "humasbot_throttle"
    key: str = Field(primary_key=True)
    held_until: datetime = moment()

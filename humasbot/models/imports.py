"""Plans that were brought in from a spreadsheet: which rows, and which Post became of each."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from humasbot.models.base import Table, long_text, moment, number, ref


class Import(Table, table=True):
    """One plan that was taken. ``name`` is its file's, ``digest`` the SHA-256 of its bytes, ``rows`` what it gave."""

    __tablename__ = "humasbot_import"
    id: int | None = number()
    agency_id: int = ref("agency.id", index=True)
    name: str = long_text()
    digest: str
    rows: int = 0
    actor: str = ""
    created_at: datetime = moment()


class ImportRow(Table, table=True):
    """One row of a plan. ``key`` is the row's own, so that it is taken once whatever file it stands in.

    ``digest`` covers what the row says, ``row`` is its number in the sheet. ``post_id`` outlives its Post.
    """

    __tablename__ = "humasbot_import_row"
    __table_args__ = (UniqueConstraint("agency_id", "key"),)
    id: int | None = number()
    import_id: int = ref("import.id", index=True)
    agency_id: int = ref("agency.id")
    row: int
    key: str
    digest: str
    post_id: int = Field(index=True)

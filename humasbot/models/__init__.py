"""The tables. Data walks one way: Source → Article → Post → Variant → (Approval) → Delivery → Receipt → Measurement.

Uniqueness in the database does the deduplication: one Article per (source, key), one Post per (campaign, occasion),
one Variant per (post, account) and per (account, subject), one Delivery per (variant, account), and at most one
Delivery in flight per account. All times are UTC.
"""

from humasbot.models.alerts import Alert
from humasbot.models.audit import Audit
from humasbot.models.base import Big, Json, Table, UtcDateTime, columns, utc_now
from humasbot.models.calendar import DayDecision, Held, MourningTime, Unplanned
from humasbot.models.changes import PROPOSAL_KINDS, PROPOSAL_STATES, Link, Proposal
from humasbot.models.core import (
    DELIVERY_STATES,
    FINAL_STATES,
    Account,
    Agency,
    Approval,
    Article,
    Attempt,
    Campaign,
    Delivery,
    Measurement,
    Post,
    Receipt,
    Source,
    Variant,
)
from humasbot.models.fleet import Lease, Throttle
from humasbot.models.happenings import Happening
from humasbot.models.imports import Import, ImportRow
from humasbot.models.notices import NOTICE_STATES, RecipientNotice
from humasbot.models.people import RECIPIENT_KINDS, RECIPIENT_STATES, Recipient, RecipientResult
from humasbot.models.quota import Quota
from humasbot.models.restores import Restore
from humasbot.models.secrets import Grant, Secret
from humasbot.models.staff import PASS_KINDS, PERSON_ROLES, Consent, Pass, Person
from humasbot.models.trust import Freeze
from humasbot.models.withdrawals import WITHDRAWAL_STATES, Withdrawal

__all__ = [
    "DELIVERY_STATES",
    "FINAL_STATES",
    "NOTICE_STATES",
    "PASS_KINDS",
    "PERSON_ROLES",
    "PROPOSAL_KINDS",
    "PROPOSAL_STATES",
    "RECIPIENT_KINDS",
    "RECIPIENT_STATES",
    "WITHDRAWAL_STATES",
    "Account",
    "Agency",
    "Alert",
    "Approval",
    "Article",
    "Attempt",
    "Audit",
    "Big",
    "Campaign",
    "Consent",
    "DayDecision",
    "Delivery",
    "Freeze",
    "Grant",
    "Happening",
    "Held",
    "Import",
    "ImportRow",
    "Json",
    "Lease",
    "Link",
    "Measurement",
    "MourningTime",
    "Pass",
    "Person",
    "Post",
    "Proposal",
    "Quota",
    "Receipt",
    "Recipient",
    "RecipientNotice",
    "RecipientResult",
    "Restore",
    "Secret",
    "Source",
    "Table",
    "Throttle",
    "Unplanned",
    "UtcDateTime",
    "Variant",
    "Withdrawal",
    "columns",
    "utc_now",
]

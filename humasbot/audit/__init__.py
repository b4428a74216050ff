"""The audit trail: every act is written with the change itself, and sealed into a chain that shows what was altered."""

from humasbot.audit.chain import Heads, Verdict, seal, verify
from humasbot.audit.rows import Row, as_dict, listed
from humasbot.audit.writing import digest_of, learn, owners_of, record

__all__ = [
    "Heads", "Row", "Verdict", "as_dict", "digest_of", "learn", "listed", "owners_of", "record", "seal", "verify",
]  # fmt: skip

"""The linter for every text, generated or written by hand: pure, no network, a few milliseconds."""

from collections.abc import Collection
from datetime import date

from humasbot.occasions.catalogue import Catalogue, builtin
from humasbot.occasions.findings import Finding
from humasbot.occasions.lint_dates import impossible_findings, weekday_findings
from humasbot.occasions.lint_days import ordinal_findings, solemn_findings
from humasbot.occasions.lint_personal import mask, personal_findings

__all__ = ["Finding", "lint", "mask"]


def lint(
    text: str,
    *,
    day: date | None = None,
    catalogue: Catalogue | None = None,
    allowed: Collection[str] = (),
) -> list[Finding]:
    """Every fault of *text*, in the order of its words.

    *day*: when it will be read, in the office's zone; it gives the year where the text names none. *catalogue*: the
    office's observances (``Calendar.catalogue``), ours if none. *allowed*: phone numbers, accounts and addresses that
    are the office's own; a whole domain as ``@contoh.id``.
    """
    days = (catalogue or builtin()).observances
    found = [
        *weekday_findings(text, day),
        *impossible_findings(text),
        *ordinal_findings(text, days, day),
        *solemn_findings(text, days),
        *personal_findings(text, allowed),
    ]
    return sorted(found, key=lambda finding: (finding.start, finding.end, finding.rule))

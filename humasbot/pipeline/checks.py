"""Checks: every text is linted before anybody can approve it, whoever wrote it.

What blocks becomes a problem of the Variant, everything else a note. A personal number is never shown whole.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from humasbot.config import Config
from humasbot.occasions.catalogue import Catalogue, load
from humasbot.occasions.findings import Finding
from humasbot.occasions.lint import lint, mask
from humasbot.occasions.lint_links import link_findings
from humasbot.occasions.lint_news import answered_findings
from humasbot.occasions.lint_personal import personal_findings
from humasbot.occasions.lint_words import (
    alt_findings,
    language_findings,
    promise_findings,
    source_findings,
    unfilled_findings,
)
from humasbot.reading.level import audience_findings
from humasbot.sections import LintTable


def findings(
    config: Config,
    text: str,
    *,
    day: date | None = None,
    alts: Sequence[str] = (),
    link: str = "",
    news: str | None = None,
    dated: bool = False,
    language: str = "id",
    audience: str = "",
) -> list[Finding]:
    """Everything that is to be said of a text as one account will say it.

    *day* is when it goes out, in the office's zone. *news* is the whole text of an announcement, of which *text* may be
    a shortened part; its *link* and whether its publication is *dated* tell whether source and date are there.
    *audience* is for whom it is measured, by default ``[lint] audience``.
    """
    given = config.lint
    days = config.path(config.calendar.days) if config.calendar.days else None
    catalogue = _catalogue(days, days.stat().st_mtime_ns if days and days.exists() else 0)
    found = [
        *lint(text, day=day, catalogue=catalogue, allowed=given.contacts),
        *link_findings(text, _domains(config)),
        *promise_findings(text),
        *unfilled_findings(text),
        *language_findings(text, language),
        *alt_findings(alts),
        *(source_findings(news, link, dated=dated) if news is not None else ()),
        *(answered_findings(news) if news is not None and language == "id" else ()),
        *(audience_findings(text, audience or given.audience) if language == "id" else ()),
    ]
    for alt in (alt for alt in alts if alt not in text):  # what stands in the text was found there
        found += personal_findings(alt, given.contacts)
    return [_weighed(each, given) for each in found]


@lru_cache(maxsize=8)
def _catalogue(days: Path | None, changed: int) -> Catalogue:
    return load(days)


def _domains(config: Config) -> list[str]:
    """The sites that the office vouches for; none where it lists none, and then every site is its own business."""
    if not config.lint.domains:
        return []
    addresses = [config.agency.website, *(str(s.settings.get("url", "")) for s in config.sources.values())]
    hosts = [
        (urlsplit(address).hostname or "").removeprefix("www.") for address in addresses if "://" in address
    ]
    return [*config.lint.domains, *filter(None, hosts)]


def _weighed(finding: Finding, given: LintTable) -> Finding:
    """As severe as the office says, where it says so."""
    if finding.rule in given.block:
        return replace(finding, severity="block")
    return replace(finding, severity="warn") if finding.rule in given.warn else finding


def sentences(found: Iterable[Finding]) -> tuple[list[str], list[str]]:
    """Problems and notes: each a sentence with its rule and its basis."""
    problems: list[str] = []
    notes: list[str] = []
    for finding in found:
        line = f"{finding.message} [{finding.rule}: {finding.basis}]"
        (problems if finding.severity == "block" else notes).append(line)
    return list(dict.fromkeys(problems)), list(dict.fromkeys(notes))


def masked(text: str, contacts: Sequence[str] = ()) -> str:
    """*text* as a log may hold it: without personal data."""
    return mask(text, personal_findings(text, contacts))

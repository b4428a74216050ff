"""What the linter says of a text: one finding per fault, with its words, its place, its rule and its basis."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["block", "warn"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault. ``words`` stand at ``start``–``end`` of the text (code points); ``rule`` is a stable id.

    ``message`` is a sentence for people, ``basis`` the law or guide behind the rule. ``block`` must be mended before
    approval, ``warn`` may be passed by a person. ``suggestion`` stands where one answer is right, else ``""``.
    """

    words: str
    start: int
    end: int
    rule: str
    message: str
    basis: str
    severity: Severity = "block"
    suggestion: str = ""

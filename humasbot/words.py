"""The language people read: Indonesian first, English on request.

Every sentence a person can see is written once, in both languages, at the place where it is raised or shown.
"""

import os
from typing import Any


def language() -> str:
    """The language of messages: ``"id"`` (default) or ``"en"``, from the environment variable HUMASBOT_LANG."""
    return "en" if os.environ.get("HUMASBOT_LANG", "id").lower().startswith("en") else "id"


def t(indonesian: str, english: str, /, **values: Any) -> str:
    """Return the sentence in the reader's language with ``{name}`` places filled from *values*.

    With no values the sentence is returned as it stands, so braces in it need no escape.
    """
    sentence = english if language() == "en" else indonesian
    return sentence.format(**values) if values else sentence

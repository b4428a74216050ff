"""A WhatsApp template's words: placeholders, what fills them, and how long the whole becomes."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from humasbot.content import Outgoing
from humasbot.errors import Problem
from humasbot.words import t

LONGEST_BODY = 1024
"""Characters of a template's body with its values: developers.facebook.com/documentation/business-messaging/whatsapp/
templates/components (read 2026-11-22)."""
_PLACE = re.compile(r"\{\{\s*(\d+)\s*\}\}")
_BREAKS = re.compile(r" *[\r\n\t]+[\r\n\t ]*")
_SPACES = re.compile(r" {5,}")

VALUES: Mapping[str, Callable[[Outgoing, str], str]] = {
    "title": lambda outgoing, agency: outgoing.title,
    "text": lambda outgoing, agency: outgoing.text,
    "link": lambda outgoing, agency: outgoing.link,
    "agency": lambda outgoing, agency: agency,
}
"""What may fill a placeholder, by the name that the setting ``parameters`` uses."""


def one_line(text: str) -> str:
    """*text* as a value may be: WhatsApp refuses values with line breaks, tabs or more than four spaces on end."""
    return _SPACES.sub("    ", _BREAKS.sub(" ", text))


@dataclass(frozen=True, slots=True)
class Body:
    """The words that WhatsApp approved, with ``{{1}}`` …, and the names of the values that fill them, in order."""

    words: str
    names: tuple[str, ...]

    @property
    def fixed(self) -> int:
        """How many characters stand there before anything is filled in."""
        return len(_PLACE.sub("", self.words))

    def values(self, outgoing: Outgoing, agency: str) -> list[str]:
        """What fills the placeholders, in order."""
        return [one_line(VALUES[name](outgoing, agency)) for name in self.names]

    def filled(self, values: Sequence[str]) -> str:
        """The body as the recipient reads it."""
        return _PLACE.sub(lambda found: values[int(found[1]) - 1], self.words)

    def faults(self, outgoing: Outgoing, agency: str) -> list[Problem]:
        """What WhatsApp would not take of *outgoing*."""
        values = self.values(outgoing, agency)
        problems = [
            Problem(
                name, t("kosong, padahal templat memerlukannya", "is empty, though the template needs it")
            )
            for name, value in zip(self.names, values, strict=True)
            if not value.strip()
        ]
        if (length := len(self.filled(values))) > LONGEST_BODY:
            words = t(
                "isi templat menjadi {n} karakter; WhatsApp menerima paling banyak {max}",
                "the template's body becomes {n} characters; WhatsApp takes at most {max}",
                n=length,
                max=LONGEST_BODY,
            )
            problems.append(Problem("text", words))
        return problems


def read_body(words: str, parameters: str, problems: list[Problem]) -> Body:
    """The body of the settings; adds to *problems* what does not fit together."""
    names = tuple(name.strip() for name in parameters.split(",") if name.strip())
    for name in names:
        if name not in VALUES:
            all_ = ", ".join(VALUES)
            problems.append(
                Problem(
                    "parameters",
                    t("{n} tidak dikenal; yang ada: {a}", "{n} is not known; there are: {a}", n=name, a=all_),
                )
            )
    places = {int(number) for number in _PLACE.findall(words)}
    if places != set(range(1, len(names) + 1)):
        problems.append(
            Problem(
                "body",
                t(
                    "harus memuat {want}, sebanyak parameters",
                    "must hold {want}, as many as parameters",
                    want=" ".join(f"{{{{{n}}}}}" for n in range(1, len(names) + 1)) or "–",
                ),
            )
        )
    if "text" not in names and "title" not in names:
        problems.append(Problem("parameters", t("harus memuat text atau title", "must hold text or title")))
    return Body(words, names)

"""What a page is asked, and what it answers: plain values between the server and the pages."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from humasbot.errors import InputError
from humasbot.pipeline.staff import Inside
from humasbot.words import t

if TYPE_CHECKING:
    from humasbot.app import Humasbot
    from humasbot.pipeline.desk import Desk

Form = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """A page by its template and what it shows, or bytes of another kind, or the way to another page (``go``)."""

    template: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    go: str = ""
    body: bytes = b""
    kind: str = ""
    cookie: str | None = None
    """The browser's new token; empty takes it away."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. *base* stands before every path of ours; *token* is what the browser keeps."""

    bot: "Humasbot"
    base: str
    path: str
    parts: Mapping[str, Any]
    query: Form
    form: Form
    token: str
    inside: Inside | None

    @property
    def who(self) -> Inside:
        """Who asks; only on pages that nobody sees from outside."""
        if self.inside is None:
            raise InputError(t("silakan masuk dahulu", "log in first"))
        return self.inside

    @property
    def desk(self) -> "Desk":
        """What lies before them."""
        return self.bot.desk(self.who.agency)

    def text(self, name: str, default: str = "") -> str:
        """One field of the form, tidied."""
        return (self.form.get(name) or [default])[0].strip()

    def number(self, name: str) -> int:
        """A number of the path or of the form. Raises :class:`~humasbot.errors.InputError`."""
        value = str(self.parts.get(name) or self.text(name))
        if not (value.isascii() and value.isdigit() and len(value) < 12):
            raise InputError(t("isian {n} tidak terbaca", "the field {n} cannot be read", n=name))
        return int(value)

    def shown(self) -> dict[int, str]:
        """What the person saw, as their page says it: the hash of each Variant by its number."""
        found = {}
        for each in self.form.get("lihat", ()):
            number, _, digest = each.partition(":")
            if number.isascii() and number.isdigit() and len(number) < 12:
                found[int(number)] = digest
        return found

    def to(self, path: str, told: str = "", **values: object) -> Answer:
        """Go to another page of ours, which then says *told*, a key of :data:`humasbot.web.told.TOLD`."""
        asked = {"pesan": told, **values} if told else values
        return Answer(go=f"{self.base}{path}" + (f"?{urlencode(asked)}" if asked else ""), status=303)


def seal_of(token: str) -> str:
    """What every form of a browser with this token carries: nobody else can know it."""
    return sha256(f"humasbot form {token}".encode()).hexdigest()


def sealed(token: str, given: str) -> bool:
    """Whether a form came from one of our pages in that browser."""
    return hmac.compare_digest(seal_of(token).encode(), given.encode(errors="replace"))

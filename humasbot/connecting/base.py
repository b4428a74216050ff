"""What a flow gives and needs: a person to talk to, an app on the platform, and in the end a grant."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Protocol

from humasbot.connecting.loopback import Loopback
from humasbot.errors import ConfigError, Problem
from humasbot.keyring import Kept
from humasbot.models import utc_now
from humasbot.net import Http
from humasbot.platforms.http import base_address
from humasbot.words import t

SOONEST, LONGEST = timedelta(minutes=5), timedelta(days=10)
"""How long before its end a token is renewed: a quarter of its life, within these."""


class Talk(Protocol):
    """The person who connects: a terminal, a web page, or a test."""

    def say(self, line: str) -> None:
        """Show a line."""

    def ask(self, question: str, *, hidden: bool = False, default: str = "", needed: bool = True) -> str:
        """Ask for a value; *hidden* while it is typed. Unless *needed* it may stay empty."""

    def choose(self, question: str, options: Sequence[str]) -> int:
        """Let the person choose one of several; its position."""

    def open(self, address: str, listener: Loopback | None) -> str:
        """Show *address*, which the person opens, and return the address to which that led.

        With a *listener* it arrives there by itself; it can always be pasted.
        """


@dataclass(frozen=True, slots=True)
class Granted:
    """What a platform granted: plain ``settings`` for the configuration, and secrets by name.

    A secret whose name begins with ``oauth.`` serves renewal, every other is a setting of the platform.
    """

    settings: Mapping[str, str]
    secrets: Mapping[str, Kept] = field(repr=False)
    renew_at: datetime | None = None


class Flow(ABC):
    """One way to connect. Subclass, set the class variables, write ``connect``; ``renew`` where the grant can be."""

    key: ClassVar[str] = ""
    """Its name where a platform has more than one way; else the platform's."""
    platform: ClassVar[str]
    title: ClassVar[str]
    addresses: ClassVar[Mapping[str, str]] = {}
    """The platform's addresses by purpose; another may be given for a gateway or a test."""
    single_use: ClassVar[bool] = False
    """Whether a refresh token is spent by its first use."""

    def __init__(
        self,
        addresses: Mapping[str, str] | None = None,
        *,
        http: Http | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.http = http or Http()
        self.clock = clock
        problems: list[Problem] = []
        for name in addresses or {}:
            if name not in self.addresses:
                words = t("bukan alamat {p}; yang ada: {all}", "is no address of {p}; there are: {all}", p=self.title,
                          all=", ".join(self.addresses) or "-")  # fmt: skip
                problems.append(Problem(name, words))
        self.at = {**self.addresses, **(addresses or {})}
        self.at = {name: base_address(name, value, problems) for name, value in self.at.items()}
        if problems:
            raise ConfigError(*problems)

    @property
    def way(self) -> str:
        """The name by which it is found again."""
        return self.key or self.platform

    @property
    def changed(self) -> dict[str, str]:
        """The addresses that are not the platform's own, to be kept for the renewal."""
        return {name: value for name, value in self.at.items() if value != self.addresses.get(name)}

    @abstractmethod
    def connect(self, talk: Talk, known: Mapping[str, str], redirect: str) -> Granted:
        """Walk the person through; *known* are plain settings of the account, *redirect* replaces the flow's own.

        Raises :class:`~humasbot.errors.InputError` or :class:`~humasbot.connecting.oauth.GrantError`.
        """

    def renew(self, secrets: Mapping[str, Kept]) -> Granted | None:
        """Get new tokens for those in *secrets*, which hold all of the account; ``None`` where it cannot.

        Raises :class:`~humasbot.connecting.oauth.GrantError`.
        """
        return None

    def spends(self, secrets: Mapping[str, Kept]) -> str:
        """The token that :meth:`renew` shows to the platform."""
        return ""

    def renew_at(self, expires_at: datetime | None) -> datetime | None:
        """When to renew what ends at *expires_at*: ahead of it by a quarter of its life."""
        if expires_at is None:
            return None
        life = expires_at - self.clock()
        return expires_at - min(max(life / 4, SOONEST), LONGEST)

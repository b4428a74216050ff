"""The publisher interface: what a platform's file has to give, and what it may give.

Two methods are required, the rest are optional: overriding one *is* the capability (:func:`supports`), so that no
flag can drift from the code. Publishers are synchronous and one instance may be used by several threads at once.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Self

from humasbot.content import Allowance, Checkpoint, Directory, Limits, Metrics, Outgoing, Receipt
from humasbot.errors import ConfigError, Problem, Unsupported
from humasbot.words import t


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a platform's account: its key in ``[accounts.NAME]`` and what it is, in both languages.

    A ``secret`` may only be given as ``{ env = "…" }`` or ``{ file = "…" }``. A relative ``path`` starts at the folder
    of the configuration; ``from_settings`` gets it whole. Settings named ``agency``, ``zone`` (the time zone's name),
    ``colour``, ``accent`` or ``language`` are filled from ``[agency]`` when the account does not give them. ``example``
    is a value of the right shape, for a first configuration and for composing before the account is connected.
    """

    name: str
    indonesian: str
    english: str
    secret: bool = False
    required: bool = True
    default: str = ""
    path: bool = False
    example: str = ""

    @property
    def about(self) -> str:
        """What it is, in the reader's language."""
        return t(self.indonesian, self.english)


class Publisher(ABC):
    """A platform account that can publish. Subclass, set the class variables, write two methods, register."""

    name: ClassVar[str]
    """The platform's name in the configuration, lower case."""
    title: ClassVar[str]
    """The platform's name for people."""
    settings: ClassVar[tuple[Setting, ...]] = ()
    """What ``from_settings`` understands; everything else is refused by the configuration."""
    proof: ClassVar[str] = "documentation"
    """How it is proved: ``real server``, ``third-party emulator``, ``official contract`` or ``documentation``."""

    revoke_at: ClassVar[str] = ""
    """Where a person takes a credential back on the platform: an address, or a path on the account's own server.

    The platforms describe the way through their menus; the addresses are those that other programs' help pages and
    source name (searched 2026-11-22), and for Bluesky and Mastodon those in the platform's own source.
    """

    shares: ClassVar[tuple[str, ...]] = ()
    """Settings that name the application whose quota its accounts share; the core keeps them apart by their values."""

    shaped_by: ClassVar[tuple[str, ...]] = ()
    """Settings on which ``limits`` and ``cost`` depend: a fleet's accounts alike in these are composed as one."""

    people: ClassVar[str] = ""
    """Which addresses it writes to, one by one: ``email`` or ``whatsapp``; empty where it posts in one place."""

    limits: Limits
    directory: Directory
    """The people of its account, if :attr:`people` asks for them; the core sets it once the publisher is built."""

    @classmethod
    @abstractmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """Build one from its settings, secrets already resolved; no network.

        Raises :class:`~humasbot.errors.ConfigError` with every fault.
        """

    @abstractmethod
    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """Publish once and return the receipt; never retries the publishing call by itself.

        Raises :class:`~humasbot.errors.Rejected`, :class:`~humasbot.errors.AuthExpired`,
        :class:`~humasbot.errors.Retryable`, :class:`~humasbot.errors.RateLimited` where surely nothing was
        published; :class:`~humasbot.errors.Uncertain` where it may have been. Anything else it raises is treated as
        uncertain.
        """

    def validate(self, outgoing: Outgoing) -> list[Problem]:
        """Every fault the platform would find in *outgoing*, without network; default: from ``limits``."""
        return check_limits(outgoing, self.limits, self.title)

    def learn(self) -> None:
        """Ask the server for its own limits where servers differ; never raises, and asks at most now and then.

        The core calls it before it composes. Default: there is nothing to ask.
        """
        return

    def prepare(self, outgoing: Outgoing, checkpoint: Checkpoint) -> None:
        """Do ahead of the due moment what is not public yet: upload pictures, and remember their ids in *checkpoint*.

        Called at most a minute or two before :meth:`publish`, perhaps never and perhaps twice; whatever it raises is
        only logged, since :meth:`publish` does what is missing. Default: there is nothing to prepare.
        """
        raise Unsupported(t("{p} tidak perlu persiapan", "{p} needs no preparation", p=self.title))

    def verify(self) -> str:
        """Ask the platform who the credential belongs to; return that name. Also refreshes ``limits`` if asked.

        Raises like :meth:`publish`.
        """
        raise Unsupported(t("{p} tidak dapat diperiksa", "{p} cannot be checked", p=self.title))

    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        """Look on the platform for *outgoing*, published by this account since *since* (aware, UTC).

        Returns its receipt; ``None`` only if it is *surely absent*; raises :class:`~humasbot.errors.Uncertain`
        when that cannot be known, or like :meth:`publish` when the platform cannot be asked.
        """
        raise Unsupported(t("{p} tidak dapat mencari kiriman", "{p} cannot look for a post", p=self.title))

    def metrics(self, receipt: Receipt) -> Metrics:
        """What the platform counts of a published post."""
        raise Unsupported(t("{p} tidak memberi angka", "{p} gives no figures", p=self.title))

    def delete(self, receipt: Receipt) -> None:
        """Take a published post back; already gone counts as done."""
        raise Unsupported(t("{p} tidak dapat menghapus", "{p} cannot delete", p=self.title))

    def edit(self, receipt: Receipt, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """Give the published post *receipt* the words of *outgoing*, whose pictures are those it has.

        Returns its receipt. The same edit made twice is one edit, so after a lost answer the core makes it again.
        Raises like :meth:`publish`; :class:`~humasbot.errors.Rejected` where the post is gone or may not be changed.
        """
        raise Unsupported(t("{p} tidak dapat mengubah kiriman", "{p} cannot change a post", p=self.title))

    def validate_edit(self, receipt: Receipt, outgoing: Outgoing) -> list[Problem]:
        """Every fault that :meth:`edit` would meet, without network; default: those of a new post."""
        return self.validate(outgoing)

    def reply(self, receipt: Receipt, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """Publish *outgoing* in answer to our own post *receipt*; keeps every promise of :meth:`publish`.

        ``outgoing.reply_to`` names that post too, so that :meth:`find_existing` knows what it looks for.
        """
        raise Unsupported(t("{p} tidak dapat membalas kiriman", "{p} cannot answer a post", p=self.title))

    def allowances(self) -> list[Allowance]:
        """The account's quotas as the platform tells of them; empty where it told nothing yet.

        Raises like :meth:`publish`.
        """
        raise Unsupported(t("{p} tidak menyebut jatahnya", "{p} does not tell of its quota", p=self.title))

    def cost(self, outgoing: Outgoing) -> Decimal:
        """What publishing *outgoing* costs, in US dollars; default: nothing."""
        return Decimal(0)

    def remarks(self, outgoing: Outgoing) -> list[str]:
        """What whoever approves *outgoing* should know of how it will stand there, one sentence each; no network."""
        return []


class Unconnected(Publisher):
    """Knows a platform's limits and nothing else: composes for an account in dry run that has no credential yet."""

    def __init__(self, cls: type[Publisher]) -> None:
        self.name, self.title, self.limits = cls.name, cls.title, cls.limits  # type: ignore[misc]  # another platform's

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """There is nothing to configure."""
        raise ConfigError(t("bukan platform", "not a platform"))

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """It cannot."""
        raise Unsupported(t("akun {p} belum terhubung", "the account on {p} is not connected", p=self.title))


OPTIONAL = ("prepare", "verify", "find_existing", "metrics", "delete", "edit", "reply", "allowances")


def supports(publisher: Publisher | type[Publisher], method: str) -> bool:
    """Whether the platform has overridden the optional *method*."""
    cls = publisher if isinstance(publisher, type) else type(publisher)
    return getattr(cls, method) is not getattr(Publisher, method)


def read_settings(cls: type[Publisher], settings: Mapping[str, str]) -> dict[str, str]:
    """The settings of *cls* with defaults filled in and white space trimmed.

    Raises :class:`~humasbot.errors.ConfigError` naming every required setting that is missing or empty and every
    one that is unknown.
    """
    known = {s.name: s for s in cls.settings}
    problems = [
        Problem(
            name,
            t(
                "tidak dikenal oleh {p}; yang ada: {all}",
                "is not a setting of {p}; there are: {all}",
                p=cls.title,
                all=", ".join(known),
            ),
        )
        for name in settings
        if name not in known
    ]
    values = {name: str(settings.get(name, "")).strip() or s.default for name, s in known.items()}
    problems += [
        Problem(
            name,
            t("wajib diisi untuk {p}: {about}", "is required for {p}: {about}", p=cls.title, about=s.about),
        )
        for name, s in known.items()
        if s.required and not values[name]
    ]
    if problems:
        raise ConfigError(*problems)
    return values


def check_limits(outgoing: Outgoing, limits: Limits, title: str) -> list[Problem]:
    """Every way in which *outgoing* breaks *limits*; *title* is the platform's name for people."""
    problems = _check_text(outgoing.text, limits, title)
    count = len(outgoing.media)
    if limits.needs_media and not count:
        problems.append(Problem("media", t("{p} selalu perlu gambar", "{p} always needs a picture", p=title)))
    if count > limits.max_media:
        problems.append(
            Problem(
                "media",
                t(
                    "{n} gambar; {p} menerima paling banyak {max}",
                    "{n} pictures; {p} takes at most {max}",
                    n=count,
                    p=title,
                    max=limits.max_media,
                ),
            )
        )
    for position, media in enumerate(outgoing.media, start=1):
        problems += [
            Problem(t("gambar {n}", "picture {n}", n=position), message)
            for message in _check_media(
                media.mime, len(media.data), media.width * media.height, media.alt, limits
            )
            + _check_shape(media.width, media.height, limits)
        ]
    return problems


def _check_text(text: str, limits: Limits, title: str) -> list[Problem]:
    if not text.strip():
        return [Problem("text", t("teks kosong", "the text is empty"))]
    problems = []
    if (count := limits.count(text)) > limits.max_text:
        problems.append(
            Problem(
                "text",
                t(
                    "panjang {n}; {p} menerima paling banyak {max}",
                    "length {n}; {p} takes at most {max}",
                    n=count,
                    p=title,
                    max=limits.max_text,
                ),
            )
        )
    if limits.max_bytes is not None and (size := len(text.encode())) > limits.max_bytes:
        problems.append(
            Problem(
                "text",
                t(
                    "{n} bita; {p} menerima paling banyak {max}",
                    "{n} bytes; {p} takes at most {max}",
                    n=size,
                    p=title,
                    max=limits.max_bytes,
                ),
            )
        )
    return problems


def _check_shape(width: int, height: int, limits: Limits) -> list[str]:
    problems = []
    if limits.widths is not None and not limits.widths[0] <= width <= limits.widths[1]:
        problems.append(
            t(
                "lebar {n} piksel, harus {least} sampai {most}",
                "{n} pixels wide, must be {least} to {most}",
                n=width,
                least=limits.widths[0],
                most=limits.widths[1],
            )
        )
    if limits.ratios is not None and not limits.ratios[0] <= width / max(height, 1) <= limits.ratios[1]:
        problems.append(
            t(
                "bentuk {w}×{h} tidak diterima; lebar dibagi tinggi harus {least:g} sampai {most:g}",
                "the shape {w}×{h} is not accepted; width divided by height must be {least:g} to {most:g}",
                w=width,
                h=height,
                least=limits.ratios[0],
                most=limits.ratios[1],
            )
        )
    return problems


def _check_media(mime: str, size: int, pixels: int, alt: str, limits: Limits) -> list[str]:
    problems = []
    if mime not in limits.media_types:
        problems.append(t("jenis {mime} tidak diterima", "the type {mime} is not accepted", mime=mime))
    if size > limits.max_media_bytes:
        problems.append(
            t("{n} bita, paling banyak {max}", "{n} bytes, at most {max}", n=size, max=limits.max_media_bytes)
        )
    if limits.max_pixels is not None and pixels > limits.max_pixels:
        problems.append(
            t("{n} piksel, paling banyak {max}", "{n} pixels, at most {max}", n=pixels, max=limits.max_pixels)
        )
    if not alt.strip():
        problems.append(t("tanpa teks alternatif", "has no alt text"))
    elif len(alt) > limits.max_alt:
        problems.append(
            t(
                "teks alternatif {n} karakter, paling banyak {max}",
                "alt text has {n} characters, at most {max}",
                n=len(alt),
                max=limits.max_alt,
            )
        )
    return problems

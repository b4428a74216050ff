"""The look of an agency, given once and followed by every card."""

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from humasbot.cards.colour import BLACK, NORMAL, RGB, WHITE, contrast, luminance, mended, mix, parse, to_hex
from humasbot.cards.patterns import MOTIFS
from humasbot.cards.results import CardProblem
from humasbot.words import t


@dataclass(frozen=True)
class Brand:
    """Name, colours and marks of the agency that speaks.

    ``primary`` and ``accent`` are ``#RRGGBB``. ``logo`` and ``portrait`` are picture files (PNG with transparency, JPEG
    or WebP). ``pattern`` is the name of a pattern that ships with humasbot (``kawung``, ``parang``, ``ceplok``,
    ``tumpal``, ``truntum``, ``songket``, ``garis``) or a picture file to tile; ``None``: the template's own.
    ``handles`` are shown as written. Raises InputError for a colour that is none.
    """

    name: str
    short: str = ""
    logo: Path | None = None
    primary: str = "#0B3D91"
    accent: str = "#F2B705"
    pattern: str | Path | None = None
    handles: tuple[str, ...] = field(default=())
    portrait: Path | None = None

    def __post_init__(self) -> None:
        parse(self.primary)
        parse(self.accent)

    @cached_property
    def palette(self) -> dict[str, RGB]:
        """The colours that every template can name; all derived from the two of the brand."""
        primary, accent = parse(self.primary), parse(self.accent)
        deep = primary
        while contrast(deep, WHITE) < 8.5:  # a ground on which white and most accents read well
            deep = mix(deep, BLACK, 0.06)
        ink = mix(deep, (12, 16, 24), 0.72)
        return {
            "primary": primary,
            "accent": accent,
            "deep": deep,
            "ink": ink,
            "muted": mix(ink, WHITE, 0.34),
            "line": mix(primary, WHITE, 0.84),
            "mist": mix(primary, WHITE, 0.945),
            "paper": WHITE,
            "white": WHITE,
            "black": BLACK,
        }

    @cached_property
    def look(self) -> str:
        """A hash over all that shows but words: what a fleet's agencies that differ in their names have in common."""
        files = [p for p in (self.logo, self.portrait, self.pattern) if isinstance(p, Path) and p.is_file()]
        parts = [self.primary, self.accent, str(self.pattern)]
        return _hash(*parts, *(sha256(path.read_bytes()).hexdigest() for path in files))

    @cached_property
    def digest(self) -> str:
        """A hash over everything that shows on a card, the picture files' bytes included."""
        return _hash(self.look, self.name, self.short, *self.handles)

    @property
    def words(self) -> dict[str, str]:
        """What ``{brand.…}`` in a template's text stands for."""
        return {
            "brand.name": self.name,
            "brand.short": self.short or self.name,
            "brand.handles": "  ·  ".join(self.handles),
            "brand.handle": self.handles[0] if self.handles else "",
        }

    def problems(self) -> list[CardProblem]:
        """What of the colours cannot be read as given, with the numbers and what the cards do about it."""
        found: list[CardProblem] = []
        primary, accent = parse(self.primary), parse(self.accent)
        measured = contrast(accent, primary)
        if measured < NORMAL:
            low = luminance(primary)
            better = mended(accent, low, low, NORMAL)
            found.append(
                CardProblem(
                    "brand", 0, "accent",
                    t(
                        "warna kedua {a} di atas warna utama {p} hanya {m:.2f}:1 (perlu 4,5:1); untuk tulisan di atas "
                        "warna utama kartu memakai {b}.",
                        "the accent {a} on the primary {p} has only {m:.2f}:1 (4.5:1 is needed); for text on the "
                        "primary the cards use {b}.",
                        a=self.accent, p=self.primary, m=measured, b=to_hex(better) if better else "#FFFFFF",
                    ),
                )
            )  # fmt: skip
        for label, path in (("logo", self.logo), ("portrait", self.portrait), ("pattern", self.pattern)):
            if isinstance(path, Path) and not path.is_file():
                found.append(
                    CardProblem(
                        "brand", 0, label,
                        t("berkas {f} tidak ada.", "the file {f} does not exist.", f=path),
                    )
                )  # fmt: skip
        if isinstance(self.pattern, str) and self.pattern and self.pattern not in MOTIFS:
            found.append(
                CardProblem(
                    "brand", 0, "pattern",
                    t('pola "{p}" tidak ada; pilih: {a}.', 'there is no pattern "{p}"; choose: {a}.',
                      p=self.pattern, a=", ".join(MOTIFS)),
                )
            )  # fmt: skip
        return found


def _hash(*parts: str) -> str:
    return sha256("\x1f".join(parts).encode()).hexdigest()

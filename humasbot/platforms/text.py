"""Counting a text the way each platform does, and cutting it where a person would.

Counters are plain functions from text to number, fit for :class:`humasbot.content.Limits`. :func:`cut` shortens one
text, :func:`fit` a whole post of head, body and tail. Both know Indonesian abbreviations, titles, amounts and
times, and neither ever breaks an address, a hashtag, a mention or a character made of several code points.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from unicodedata import normalize

import regex  # type: ignore[import-untyped]  # carries no type information

from humasbot.content import Limits
from humasbot.errors import InputError
from humasbot.words import t

SENTENCE_LOSS = 0.4
"""Ending at a sentence may cost this share of what ending at a word would keep."""
SHORTEST_BODY = 20
"""A shortened body of fewer characters says nothing: under a head it vanishes instead."""
LONG_WORD = 40
"""A run without a space longer than this (characters) is no word of ours: it may be cut inside."""
STEPS_BACK = 8
"""So many words may be given up for a better place to end; in a long row of numbers there is none."""


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


# Abbreviations that announce what follows: no sentence ends behind them, and none is left standing last.
_ANNOUNCING = _words(
    "dr drs dra ir hj kh prof tn ny sdr sdri bpk yth jl jln gg no kab kec kel ds dsn prov a.n u.b u.p d.a c.q s.d "
    "d.h k.h r.a hlm tlp telp tgl pkl pt cv ud rp psl alm almh st jend kol kapt pdt ust lamp "
    "jan feb mar apr jun jul agu agt sept okt nov des"
)
_BEFORE_NUMBER = _words("rp idr us$ $ ± pukul pkl nomor no pasal psl ayat magnitudo mag m")
_UNITS = _words(
    "% ‰ persen mm cm m km mm² cm² m² km² m2 km2 m³ m3 ha hektare hektar are mg g gr gram kg kuintal kwintal ton ml l "
    "liter cc °c °f ° derajat detik menit jam hari minggu pekan bulan tahun abad ribu rb juta jt miliar milyar triliun "
    "rupiah dolar orang jiwa kk keluarga ekor buah unit paket lembar kali titik desa kelurahan kecamatan kabupaten "
    "rumah wib wita wit km/jam m/s knot hpa mb gb tb mbps kbps w kw mw kwh mwh va kva v sr mmi ls lu bt bb m x "
    "januari februari maret april mei juni juli agustus september oktober november desember"
)

# Every pattern below starts behind something that cannot belong to it, so that none looks at a long run twice.
_WORD = regex.compile(r"(?:\S|[\u00a0\u2007\u202f])+")  # a no-break space is no place to break
_LINK = regex.compile(r"(?i)://|^www\.|@|^[(\[“\"']*[#＃]|\p{L}{2}\.\p{L}{2}")
_WHOLE = regex.compile(
    r"(?i)(?<![a-z\d+.-])[a-z][a-z\d+.-]*+://\S+|www\.\S+"  # an address
    r"|(?<![a-z\d_.+%-])[a-z\d_.+%-]++@[a-z\d-]+(?:\.[a-z\d-]+)*"  # an e-mail address
    r"|(?<![a-z\d-])[a-z\d-]++(?:[.,:/][a-z\d-]++)+(?:[/?#]\S*)?"  # an address without scheme, a number, a time
    r"|[#＃@＠](?:[\w\p{M}\u200c\u200d·]|[.-](?=\w))++(?:@[\w.-]+)?"  # a hashtag, a mention
    r"|[\p{N}\p{Sc}]+"
)
_UNSPACED = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Extended_Pictographic}"
    r"\p{Regional_Indicator}--[\p{ASCII}]]",
    regex.V1,
)
_LOOSE_END = regex.compile(r"(?r)[\s,;:.(\[{“‘«–—\p{GCB=Prepend}-]+\Z")
_SENTENCE = regex.compile(
    r"(?<![.!?…؟।])[.!?…؟।]++[”’\"'»)\]]*+(?=\s|\Z)|[。！？]++[」』”）]*"
    r"|(?<=[^\s:,;–—-])(?=[^\S\n]*\n[^\S\n]*\n)"
)
_OPENING = "([{“‘«\"'"
_CLOSING = {"(": ")", "[": "]", "{": "}", "“": "”", "‘": "’", "«": "»", '"': '"', "'": "'"}


def count_bytes(text: str) -> int:
    """The length in UTF-8 bytes."""
    return len(text.encode())


def count_graphemes(text: str) -> int:
    """The length in user-perceived characters (extended grapheme clusters, Unicode UAX 29)."""
    if text.isascii() and "\r" not in text:
        return len(text)
    return len(regex.findall(r"\X", text))


def count_x(text: str) -> int:
    """The weighted length of X after NFC: an address 23, an emoji 2, CJK 2, most other characters 1.

    Source: docs.x.com/fundamentals/counting-characters, read 2026-11-22; counted by twitter-text-parser (MIT), which
    passes X's own conformance suite. Its emoji list is that of Unicode 12, so a newer composed emoji counts more
    than X counts it, never less.
    """
    spaced = _broken_up(text)
    more = len(spaced) - len(text)
    # Most greetings need no list of all domains and emoji, whose reading alone takes a quarter of a second.
    plain = normalize("NFC", spaced)
    if _LIGHT.fullmatch(plain) and not may_hold_address(plain):
        return len(plain) + sum(plain.count(sign) for sign in _TWOFOLD) - more
    from twitter_text import parse_tweet

    return int(parse_tweet(spaced).weightedLength) - more


_TWOFOLD = "…•"
_LIGHT = regex.compile(
    rf"[[\x00-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037{_TWOFOLD}]--[\r©®]]*+", regex.V1
)
"""What X counts as 1 each (its ranges) or, of two signs, 2; less what may be an emoji or a line end of two letters."""
_DOMAIN = regex.compile(r"\.[^\W\d_]")


def may_hold_address(text: str) -> bool:
    """Whether there can be an address in *text* at all, with or without ``https://``: each has a dot and a letter."""
    return _DOMAIN.search(text) is not None


def count_mastodon(reserved_per_url: int = 23) -> Callable[[str], int]:
    """Mastodon's way to count, for a server that reserves *reserved_per_url* characters for each address.

    User-perceived characters, where an address with ``http://`` or ``https://`` counts *reserved_per_url* whatever
    its length, and a mention ``@user@host`` counts as ``@user``. Source: docs.joinmastodon.org/user/posting, read
    2026-11-22; the number is the server's ``configuration.statuses.characters_reserved_per_url``.
    """
    placeholder = "x" * reserved_per_url

    def count(text: str) -> int:
        spaced = _broken_up(text)
        if "://" not in spaced:
            return count_graphemes(_local_mentions(spaced)) - (len(spaced) - len(text))
        from twitter_text import extract_urls_with_indices

        parts, last = [], 0
        for found in extract_urls_with_indices(spaced, extract_urls_without_protocol=False):
            start, end = found["indices"]
            parts += [_local_mentions(spaced[last:start]), placeholder]
            last = end
        whole = "".join((*parts, _local_mentions(spaced[last:])))
        return count_graphemes(whole) - (len(spaced) - len(text))

    return count


def sentences(text: str, count: int) -> str:
    """The first *count* sentences of *text*, on one line."""
    line = " ".join(text.split())
    ends = list(islice(_sentence_ends(line, len(line)), count))
    return line[: ends[-1]] if len(ends) == count and ends else line


def split(text: str) -> list[str]:
    """The sentences and headings of *text* as they stand, in order; between them nothing but white space is lost."""
    found, start = [], 0
    for end in (*_sentence_ends(text, len(text)), len(text)):
        if piece := text[start:end].strip():
            found.append(piece)
        start = end
    return found


_ENDLESS = regex.compile(r"(?:(?<!\S)|(?<=//))[^\s/?#]{254,}+")


def _broken_up(text: str) -> str:
    """*text* with a space here and there in runs too long for a host name (253 characters, RFC 1035).

    twitter-text looks for one in them all the same, and takes minutes over a few ten thousand characters.
    """

    def spaced(run: regex.Match[str]) -> str:
        body, end = run[0][:-100], run[0][-100:]
        return " ".join((*(body[n : n + 10] for n in range(0, len(body), 10)), end))

    return str(_ENDLESS.sub(spaced, text))


_REMOTE = regex.compile(r"(?i)(?<![=/\w])@([a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)@\w+(?:[.-]+\w+)*(?::\d+)?")


def _local_mentions(text: str) -> str:
    return str(_REMOTE.sub(r"@\1", text))


def cut(text: str, fits: Callable[[str], bool], ellipsis: str = "…") -> str:
    """The longest beginning of *text* that *fits*: up to a sentence's end if that loses little, else up to a word.

    A text that fits comes back unchanged; one of which nothing fits as ``""``. A break at a word is marked by
    *ellipsis*. Addresses, e-mail addresses, hashtags, mentions and composed characters stay whole; numbers stay with
    their units, titles with their names; no opening bracket is left last. *fits* should say yes to whatever is
    shorter than what it said yes to; it is asked a few dozen times at most.
    """
    if fits(text):
        return text
    text = text.rstrip()
    if fits(text):
        return text
    words = [found.span() for found in _WORD.finditer(text)]

    def up_to(position: int) -> str:
        return _close(text[: words[position][1]], ellipsis)

    last = _last(len(words) - 1, lambda position: fits(up_to(position)))
    while last >= 0 and not fits(up_to(last)):
        last -= 1
    by_word = _by_word(text, words, last, fits, up_to)
    following = text[slice(*words[last + 1])] if words else ""
    if len(following) > LONG_WORD or _UNSPACED.search(following):
        by_word = _inside(text, words[last + 1], fits, ellipsis) or by_word
    return _by_sentence(text, words, last, by_word, fits, len(ellipsis)) or by_word


@dataclass(frozen=True, slots=True)
class Fitted:
    """A post's text as it fits one account, and whether something had to be left out."""

    text: str
    shortened: bool


def fit(head: str, body: str, tail: str, limits: Limits) -> Fitted:
    """Join head (title), body and tail (link, sign-off) by blank lines, shortened until *limits* are kept.

    The body is shortened first and may vanish, then the head; the tail stays whole. Empty parts are left out.
    Raises :class:`~humasbot.errors.InputError` if the tail alone is too long, or nothing at all can be kept.
    """
    head, body, tail = head.strip(), body.strip(), tail.strip()
    whole = _join(head, body, tail)
    if limits.fits(whole):
        return Fitted(whole, shortened=False)
    if tail and not limits.fits(tail):
        raise InputError(_too_long(tail, limits))
    short = cut(body, lambda part: limits.fits(_join(head, part, tail)))
    if short and (len(short) >= SHORTEST_BODY or not head):
        return Fitted(_join(head, short, tail), shortened=True)
    rest = _join(cut(head, lambda part: limits.fits(_join(part, tail))), tail)
    if not rest:
        raise InputError(_too_long(head or body, limits))
    return Fitted(rest, shortened=True)


def _join(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _too_long(part: str, limits: Limits) -> str:
    length, most = limits.count(part), limits.max_text
    unit = t("karakter", "characters")
    if length <= most and limits.max_bytes is not None:
        length, most, unit = count_bytes(part), limits.max_bytes, t("bita", "bytes")
    line = " ".join(part.split())
    start = line if len(line) <= 40 else line[:39] + "…"
    return t(
        "“{start}” tidak dapat dipotong dan {over} {unit} terlalu panjang ({length}, batasnya {most}); persingkatlah",
        "“{start}” cannot be cut and is {over} {unit} too long ({length}, at most {most}); make it shorter",
        start=start,
        over=length - most,
        unit=unit,
        length=length,
        most=most,
    )


def _last(count: int, good: Callable[[int], bool]) -> int:
    """The last of the positions 0 … *count* - 1 that is *good*, or -1; asks near the beginning first."""
    low, step = -1, 1
    while low + step < count and good(low + step):
        low, step = low + step, step * 2
    high = max(min(low + step, count), low + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if good(middle) else (low, middle)
    return low


def _close(kept: str, ellipsis: str) -> str:
    """*kept* with its loose end (comma, dash, opening bracket) off and *ellipsis* on; ``""`` if nothing is left."""
    ending = (kept.rsplit(None, 1) or [""])[-1]
    if not _LINK.search(ending):
        kept = str(_LOOSE_END.sub("", kept))
        ending = (kept.rsplit(None, 1) or [""])[-1]
    if not kept:
        return ""
    # Set apart from an address, or it would be taken for a part of it.
    return f"{kept} {ellipsis.lstrip()}" if _LINK.search(ending) else kept + ellipsis


def _bound(text: str, words: list[tuple[int, int]], position: int) -> bool:
    """Whether the word at *position* must not be parted from the next one."""
    this = text[slice(*words[position])]
    following = text[slice(*words[position + 1])].lower().rstrip(".,;:!?)]”\"'")
    bare = this.lstrip(_OPENING).rstrip(".").lower()
    if this[0] in _CLOSING and _CLOSING[this[0]] not in this[1:]:
        return True
    if bare in _ANNOUNCING or (len(bare) == 1 and this.endswith(".") and bare.isalpha()):
        return True
    if bare[-1:].isdigit() and (following in _UNITS or following[:1].isdigit()):
        return True
    return bare in _BEFORE_NUMBER and following[:1].isdigit()


def _by_word(
    text: str,
    words: list[tuple[int, int]],
    last: int,
    fits: Callable[[str], bool],
    up_to: Callable[[int], str],
) -> str:
    """*text* up to the word at *last* or, where that must not be parted from the next, a word shortly before it."""
    first = max(last - STEPS_BACK, -1)
    for position in range(last, first, -1):
        if not _bound(text, words, position) and fits(up_to(position)):
            return up_to(position)
    return up_to(last) if first >= 0 else ""


def _inside(text: str, word: tuple[int, int], fits: Callable[[str], bool], ellipsis: str) -> str:
    """*text* up to a place inside the long *word*, between whole characters; ``""`` where there is none."""
    start, end = word
    kept = {n for found in _WHOLE.finditer(text, start, end) for n in range(found.start() + 1, found.end())}
    ends = (found.end() for found in regex.finditer(r"\X", text, pos=start, endpos=end))
    places = [place for place in ends if place not in kept and place < end]
    last = _last(len(places), lambda n: fits(_close(text[: places[n]], ellipsis)))
    while last >= 0 and not fits(_close(text[: places[last]], ellipsis)):
        last -= 1
    return _close(text[: places[last]], ellipsis) if last >= 0 else ""


def _by_sentence(
    text: str,
    words: list[tuple[int, int]],
    last: int,
    by_word: str,
    fits: Callable[[str], bool],
    spare: int,
) -> str:
    """*text* up to the last sentence end that fits, or ``""`` if that keeps too little of *by_word*."""
    if not words:
        return ""
    # Without the ellipsis a little more may fit: its *spare* characters, of up to three bytes each.
    horizon = max(words[max(last, 0)][1], len(by_word)) + 3 * spare
    for end in reversed(list(_sentence_ends(text, horizon))):
        if end < len(by_word) * (1 - SENTENCE_LOSS):
            break
        if balanced(text[:end]) and fits(text[:end]):
            return text[:end]
    return ""


def _sentence_ends(text: str, horizon: int) -> Iterator[int]:
    """Where sentences and paragraphs end, up to *horizon*, in order."""
    for found in _SENTENCE.finditer(text):
        if found.end() > horizon:
            return
        if found.end() and _ends_sentence(text, found.start(), found.end()):
            yield found.end()


def _ends_sentence(text: str, start: int, end: int) -> bool:
    """Whether the mark at *start* … *end* closes a sentence, not an abbreviation, an initial or a list number."""
    if text[end : end + 20].lstrip()[:1].islower():
        return False
    if text[start:end].rstrip("”’\"'»)]") != ".":
        return True
    line = text[text.rfind("\n", 0, start) + 1 : start]
    word = (line.rsplit(None, 1) or [""])[-1].lstrip(_OPENING)
    if word.lower() in _ANNOUNCING or (len(word) == 1 and word.isalpha()):
        return False
    if word.isdigit() and line.strip() == word:
        return False
    return not regex.fullmatch(r"(?:\p{L}{1,3}\.)+\p{L}{0,3}", word)


def balanced(text: str) -> bool:
    """Whether every bracket and double quote that *text* opens is closed again."""
    if text.count('"') % 2:
        return False
    return all(text.count(a) <= text.count(b) for a, b in ("()", "[]", "“”", "«»"))

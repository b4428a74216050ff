"""Moulds: a post of thousands of agencies is composed once, and each agency's own words are put into it.

That is right only where a template writes the agency's words as they are, where every text fits, and where no card is
drawn, which would show the stand-ins; else each agency is composed for itself. So the mould is composed with a stand-in
for each word, as long as the longest of the agencies.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from humasbot.models import Account, Agency
from humasbot.pipeline.compose import Composer, Draft

FIELDS = ("name", "short", "sign_off", "website")
PLAIN = re.compile(r"[A-Za-z0-9 ,()'/—-]*")
"""Words of these characters have the same length on every platform: no links, no mentions, no other scripts."""
Words = Mapping[str, str]


def words_of(title: str, brand: Mapping[str, Any]) -> Words:
    """An agency's own words, by the names that a template knows."""
    return {
        "name": title,
        "short": str(brand.get("short") or title),
        "sign_off": str(brand.get("sign_off") or ""),
        "website": str(brand.get("website") or ""),
    }


@dataclass(frozen=True, slots=True)
class Mould:
    """A Draft with places for an agency's words."""

    draft: Draft
    places: Mapping[str, str]

    def fits(self, words: Words) -> bool:
        """Whether these words may be put in as they are."""
        return all(
            PLAIN.fullmatch(words[name])
            and len(words[name]) <= len(place)
            and bool(words[name]) == bool(place)
            for name, place in self.places.items()
        )

    def filled(self, words: Words) -> Draft:
        """What the agency with these words says."""
        title, text = self.draft.title, self.draft.text
        for name, place in self.places.items():
            if place:
                title, text = title.replace(place, words[name]), text.replace(place, words[name])
        return replace(self.draft, title=title, text=text)


def mould(
    compose: Callable[[Agency], Composer], account: Account, head: Agency, samples: Sequence[Words]
) -> Mould | None:
    """The mould for accounts like *account* of agencies like *samples*; ``None`` where there can be none."""
    places = {name: _place(name, max(len(words[name]) for words in samples)) for name in FIELDS}
    brand = {**head.brand, "handles": [], **{name: places[name] for name in FIELDS if name != "name"}}
    agency = Agency(
        id=head.id,
        name=head.name,
        title=places["name"],
        timezone=head.timezone,
        language=head.language,
        brand=brand,
    )
    composer = compose(agency)
    template = composer.rule.template
    if not composer.office.templates.writes_plainly(template, "agency", account.platform, account.name):
        return None
    draft = composer.draft(account)
    if draft.problems or draft.notes or composer.has_cards:
        return None
    whole = f"{draft.title}\n{draft.text}"
    return Mould(draft, {name: place for name, place in places.items() if not place or place in whole})


def _place(name: str, length: int) -> str:
    mark = f"Qx{name.replace('_', '').capitalize()}"
    return mark + "w" * (length - len(mark)) if length else ""

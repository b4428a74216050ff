"""Which kind of source a website is: every kind is asked for its own guess, and the best one comes first."""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from humasbot.errors import FetchError, HumasbotError, InputError
from humasbot.net import Forbidden, Http, NetError, safe_url
from humasbot.sources.address import canonical_url
from humasbot.sources.base import refusal
from humasbot.sources.registry import source_kind, source_kinds
from humasbot.sources.site import LARGEST, Guess, Site
from humasbot.words import t

THREADS = 8
SURE = 60
"""From this certainty on something of the site was really read."""


def detect(url: str, http: Http) -> list[Guess]:
    """How the site at *url* can be read, the best way first; never empty.

    About ten requests, once. Raises :class:`~humasbot.errors.InputError` when it is no address that may be read, and
    :class:`~humasbot.errors.FetchError` when the site does not answer.
    """
    address = canonical_url(url if "://" in url else f"https://{url}")
    if not address:
        raise InputError(t("{u} bukan alamat web", "{u} is not a web address", u=safe_url(url) or url[:100]))
    try:
        answer = http.get(address, max_bytes=LARGEST)
    except Forbidden as error:
        raise InputError(
            t("{u}: {e} (untuk mengenalinya: --internal)", "{u}: {e} (to look at it: --internal)",
              u=safe_url(address), e=error)
        ) from None  # fmt: skip
    except NetError as error:
        raise FetchError(f"{safe_url(address)}: {error}") from None
    if answer.status != 200:
        raise refusal(answer)
    site = Site(address, http, answer)
    # Asked beforehand, because several threads would each work it out anew.
    _ = site.markup, site.links, site.feeds, site.generator
    guesses: list[Guess] = []
    for last_resort in (False, True):
        if not any(guess.certainty >= SURE for guess in guesses):
            kinds = [kind for kind in source_kinds() if _is_last(kind) is last_resort]
            with ThreadPoolExecutor(THREADS) as pool:
                guesses += [guess for guess in pool.map(partial(_guess, site), kinds) if guess is not None]
    return sorted(guesses, key=lambda guess: -guess.certainty)


def _is_last(kind: str) -> bool:
    try:
        return source_kind(kind).last_resort
    except HumasbotError:
        return True  # it cannot be loaded, and will not guess


def _guess(site: Site, kind: str) -> Guess | None:
    try:
        return source_kind(kind).recognise(site)
    except HumasbotError:
        return None  # a kind that cannot be loaded, or a site that fell silent: no guess


def toml_of(guess: Guess, name: str) -> str:
    """The lines of ``humasbot.toml`` for a guess."""
    lines = [f"[sources.{name}]", f'kind = "{guess.kind}"']
    lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in guess.settings.items()]
    return "\n".join(lines) + "\n"

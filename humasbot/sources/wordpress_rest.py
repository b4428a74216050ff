"""WordPress's REST API as it is met in the wild: behind pretty addresses or not, blocked, or talking before its JSON.

Facts used, from the REST API handbook ("Posts", "Pagination", "Global Parameters") and WordPress's own source, read
2026-11-22: the API answers at ``/wp-json/`` and, without pretty addresses, at ``?rest_route=/``; a list has at most 100
entries; a page beyond the last is HTTP 400.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from humasbot.errors import FetchError
from humasbot.net import Answer, Http, safe_url
from humasbot.sources.base import get, refusal
from humasbot.words import t

EMBED = "author,wp:featuredmedia,wp:term"


class Blocked(FetchError):
    """The site is there, but its REST interface is not to be had; its feed may be."""


class Rest:
    """The REST interface of the site at *url*; any of its addresses in front of ``/wp-json`` will do."""

    def __init__(self, url: str, http: Http) -> None:
        self.url = re.sub(r"/(?:wp-json(?:/.*)?)?$", "", url.split("?", 1)[0].split("#", 1)[0])
        self.http = http

    def list_page(
        self, kind: str, query: Mapping[str, Any], *, way: str = ""
    ) -> tuple[list[dict[str, Any]], Answer]:
        """One page of the listing *kind* (``posts``, ``pages``), with the answer it came in.

        *way* is the one that worked last, ``pretty`` or ``route``; the other is tried after it. Raises
        :class:`Blocked`, or :class:`~humasbot.errors.FetchError` where trying later can help.
        """
        ways = ("route", "pretty") if way == "route" else ("pretty", "route")
        faults: list[FetchError] = []
        for way in ways:
            answer = get(self.http, self._address(way, kind, query), headers={"Accept": "application/json"})
            if answer.status == 400 and _code(answer) == "rest_post_invalid_page_number":
                return [], answer
            if answer.status == 200 and (listed := _posts(answer.body)) is not None:
                return listed, answer
            faults.append(_fault(answer))
            if faults[-1].temporary:
                raise faults[-1]
        raise faults[0]

    def _address(self, way: str, kind: str, query: Mapping[str, Any]) -> str:
        if way == "pretty":
            return f"{self.url}/wp-json/wp/v2/{kind}?{urlencode(query)}"
        return f"{self.url}/?{urlencode({'rest_route': f'/wp/v2/{kind}', **query})}"

    def public(self, kind: str, **query: Any) -> list[dict[str, Any]]:
        """The posts or pages that match *query*, whole, without those that ask for a password."""
        listed, _ = self.list_page(kind, {**query, "_embed": EMBED})
        return [raw for raw in listed if not is_locked(raw)]


def is_locked(raw: Mapping[str, Any]) -> bool:
    """Whether a post asks for a password, so that its text is not public."""
    content = raw.get("content")
    return isinstance(content, Mapping) and content.get("protected") is True


def _posts(body: bytes) -> list[dict[str, Any]] | None:
    """The list in an answer's body; ``None`` when it holds none. Words that a broken plugin prints before it go."""
    text = body.decode("utf-8-sig", "replace")
    for start in (0, text.find("[{"), text.find("[]")):
        if start < 0:
            continue
        try:
            listed, _ = json.JSONDecoder().raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        if isinstance(listed, list) and all(_is_post(raw) for raw in listed):
            return listed
    return None


def _is_post(raw: Any) -> bool:
    return isinstance(raw, dict) and isinstance(raw.get("id"), int) and not isinstance(raw["id"], bool)


def _code(answer: Answer) -> str:
    try:
        data = answer.json()
    except ValueError:
        return ""
    return str(data.get("code", "")) if isinstance(data, dict) else ""


def _fault(answer: Answer) -> FetchError:
    hint = t(
        'REST WordPress tidak terbuka; pakai kind = "feed" dengan alamat umpan situs itu (biasanya /feed/)',
        'WordPress REST is not open; use kind = "feed" with the address of the site\'s feed (usually /feed/)',
    )
    if answer.status == 200:
        words = t("jawaban bukan JSON WordPress", "the answer is not WordPress JSON")
        return Blocked(f"{safe_url(answer.url)}: {words}; {hint}", temporary=False)
    fault = refusal(answer, hint=hint if answer.status < 429 else "")
    return fault if fault.temporary else Blocked(str(fault), temporary=False)

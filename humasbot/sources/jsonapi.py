"""JSON:API as Drupal and Joomla speak it (jsonapi.org 1.0, read 2026-11-22): documents of resources, page by page."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from humasbot.errors import FetchError
from humasbot.net import AnswerLost, Forbidden, Http, NetError, TooLarge, safe_url
from humasbot.sources.base import refusal
from humasbot.words import t

ACCEPT = "application/vnd.api+json"


class Document:
    """One answer: its resources in ``data``, those that came with them, and where the next page begins, if there is."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        data = raw.get("data")
        self.data = [one for one in (data if isinstance(data, list) else [data]) if isinstance(one, dict)]
        included = raw.get("included")
        self._included = {
            (str(one.get("type")), str(one.get("id"))): one
            for one in (included if isinstance(included, list) else [])
            if isinstance(one, dict)
        }
        links = raw.get("links")
        following = links.get("next") if isinstance(links, dict) else None
        href = text_of(following.get("href") if isinstance(following, dict) else following)
        self.next_offset = _offset(href)

    def related(
        self, resource: Mapping[str, Any], name: str
    ) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """Each resource that *resource* refers to by *name*, as far as it came along, with the reference's ``meta``."""
        relation = dict_of(dict_of(resource.get("relationships")).get(name)).get("data")
        for reference in relation if isinstance(relation, list) else [relation]:
            if isinstance(reference, dict):
                found = self._included.get((str(reference.get("type")), str(reference.get("id"))))
                if found is not None:
                    yield found, dict_of(reference.get("meta"))


def read(http: Http, url: str, *, headers: Mapping[str, str] | None = None) -> Document:
    """The document at *url*. With *headers* of its own (a token) no redirect is followed, lest they go elsewhere.

    Raises :class:`~humasbot.errors.FetchError`.
    """
    try:
        answer = http.request(
            "GET", url, headers={"Accept": ACCEPT, **(headers or {})}, redirects=0 if headers else 5
        )
        raw = answer.json() if answer.status == 200 else None
    except NetError as error:
        final = isinstance(error, Forbidden | TooLarge) and not isinstance(error, AnswerLost)
        raise FetchError(f"{safe_url(url)}: {error}", temporary=not final) from None
    except ValueError:
        raw = None
    if answer.status != 200:
        raise refusal(answer)
    if not isinstance(raw, dict) or "data" not in raw:
        words = t("jawaban bukan JSON:API", "the answer is not JSON:API")
        raise FetchError(f"{safe_url(url)}: {words}", temporary=False)
    return Document(raw)


def _offset(href: str) -> str:
    """The ``page[offset]`` of an address, in digits; empty where it has none."""
    try:
        offset = parse_qs(urlsplit(href).query).get("page[offset]", [""])[-1]
    except ValueError:
        return ""
    return offset if offset.isdecimal() and len(offset) < 10 else ""


def dict_of(value: Any) -> Mapping[str, Any]:
    """*value* if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def text_of(value: Any) -> str:
    """*value* if it is a text, else an empty one; a number as its digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""

"""A website as it shows itself at one address, and what a kind of source may guess of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urljoin, urlsplit

from humasbot.net import Answer, Http, NetError
from humasbot.sources.decoding import decode
from humasbot.sources.html import Link, feeds_of, head_links

LARGEST = 3_000_000
_GENERATOR = re.compile(
    r"<meta\b(?=[^>]{0,300}\bname\s*=\s*[\"']?generator\b)[^>]{0,300}\bcontent\s*=\s*[\"']([^\"']{1,200})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Guess:
    """One way to read a site: the kind, its settings as ``humasbot.toml`` wants them, and why we think so.

    ``certainty`` is 0 to 100; from 60 on something was really read.
    """

    kind: str
    settings: Mapping[str, str]
    certainty: int
    evidence: tuple[str, ...]


@dataclass
class Site:
    """What stands at *url*, asked for once; further addresses of the site are asked for on wish."""

    url: str
    http: Http = field(repr=False)
    answer: Answer = field(repr=False)

    @cached_property
    def markup(self) -> str:
        """The text at the address, whatever it is."""
        return decode(self.answer.body[:LARGEST], self.answer.headers.get("content-type", ""))

    @cached_property
    def links(self) -> list[Link]:
        """The links of the page's head."""
        return head_links(self.markup, self.answer.url)

    @cached_property
    def feeds(self) -> list[str]:
        """The feeds that the page names."""
        return feeds_of(self.markup, self.answer.url)

    @cached_property
    def generator(self) -> str:
        """What the site says it was made with."""
        found = _GENERATOR.search(self.markup)
        return found[1] if found else self.answer.headers.get("x-generator", "")

    @property
    def root(self) -> str:
        """The site's front: scheme and host only."""
        parts = urlsplit(self.answer.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def folder(self) -> str:
        """The address without its last file name, query and closing slash: where a site in a subfolder begins."""
        parts = urlsplit(self.answer.url)
        path = parts.path if parts.path.endswith("/") else parts.path.rsplit("/", 1)[0] + "/"
        return f"{parts.scheme}://{parts.netloc}{path}".rstrip("/")

    def get(self, path: str, accept: str = "*/*") -> Answer | None:
        """Another address of the site (``/feed``), or ``None`` if it does not answer with content."""
        try:
            answer = self.http.get(
                urljoin(self.root + "/", path), headers={"Accept": accept}, max_bytes=LARGEST
            )
        except NetError:
            return None
        return answer if answer.status == 200 else None

"""Where the links of a text lead: only to sites that the office vouches for."""

import re
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from humasbot.occasions.findings import Finding
from humasbot.words import t

VERIFIABLE = "SE Menteri PANRB 137/2018: sumber jelas dan dapat diperiksa, bukan kabar bohong"
# Nobody can see where these lead; seen in Indonesian offices' posts.
SHORTENERS = (
    "bit.ly",
    "s.id",
    "tinyurl.com",
    "t.ly",
    "cutt.ly",
    "linktr.ee",
    "shorturl.at",
    "is.gd",
    "goo.gl",
)
# Without "https://" only what is surely an address: a known shortener, or a name under a common top-level domain; in
# small letters, since "selesai.Info lanjut" only lacks a space.
_BARE = "|".join(re.escape(name) + "/" for name in SHORTENERS) + (
    r"|(?:[a-z0-9-]{1,63}\.){1,4}(?-i:com|net|org|info|id|xyz|site|online)\b(?![\w-]*@|\.\w)"
)
_LINK = re.compile(rf"(?:https?://|(?<![\w@./-])(?:www\.|{_BARE}))[^\s<>\"'“”]*", re.I)
_OFFICIAL = re.compile(r"(?:^|\.)(?:go|desa|mil)\.id$", re.I)


def link_findings(text: str, domains: Collection[str] = ()) -> Iterator[Finding]:
    """Links to sites that are not the office's.

    *domains* are its own and those it trusts, with everything below them; sites under go.id, desa.id and mil.id are
    public bodies' and allowed. Without *domains* only links that hide where they lead are named.
    """
    for found in _LINK.finditer(text):
        words = found[0].rstrip(".,;:!?)]}…")
        host = _host(words)
        if not host or _OFFICIAL.search(host) or _below(host, domains):
            continue
        short = _below(host, SHORTENERS)
        if not (short or domains):
            continue
        yield Finding(
            words,
            found.start(),
            found.start() + len(words),
            "link-short" if short else "link-domain",
            t("“{words}” menyembunyikan tujuannya; tulis alamat aslinya.",
              "“{words}” hides where it leads; write the address itself.", words=words)
            if short
            else t("“{host}” tidak ada di daftar situs kantor; periksa tautannya, atau daftarkan di [lint] domains.",
                   "“{host}” is not among the office's sites; check the link, or list it in [lint] domains.",
                   host=host),
            VERIFIABLE,
            severity="block" if domains else "warn",
        )  # fmt: skip


def _host(address: str) -> str:
    try:
        return (urlsplit(address if "://" in address else f"https://{address}").hostname or "").lower()
    except ValueError:
        return ""


def _below(host: str, domains: Collection[str]) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in map(str.lower, domains))

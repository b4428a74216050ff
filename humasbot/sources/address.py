"""Web addresses: made canonical, compared, and freed of what only tracks the reader."""

import re
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from humasbot.sources.text import clean

LONGEST = 2000
_HOST = re.compile(r"[^\s/<>\"{}|\\^`%@?#]+")
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|gbraid|wbraid|dclid|yclid|msclkid|igshid|igsh|mc_cid|mc_eid|twclid|ttclid|_ga|_gl",
    re.IGNORECASE,
)
_PRESIGNED = re.compile(
    r"[?&](?:X-Amz-Signature|X-Amz-Expires|X-Goog-Expires|X-Goog-Signature)=", re.IGNORECASE
)
_PRESIGNED_PAIR = re.compile(r"(?=.*[?&](?:Expires|se)=)(?=.*[?&](?:Signature|sig)=)", re.IGNORECASE)


def canonical_url(url: str, base: str = "") -> str:
    """*url*, resolved against *base*, without fragment and tracking parameters; ``""`` if it is no http(s) address.

    Host in lower case, default port dropped, characters that may not stand in an address percent-encoded. Scheme,
    path and the other parameters stay as they are: what differs there may be another page.
    """
    url = clean(re.sub(r"[\t\r\n]+", "", url))
    if not url or len(url) > LONGEST:
        return ""
    try:
        parts = urlsplit(urljoin(base, url))
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host) or parts.username:
        return ""
    where = f"[{host}]" if ":" in host else host
    if port and port != {"http": 80, "https": 443}[parts.scheme]:
        where += f":{port}"
    kept = [
        pair for pair in parts.query.split("&") if pair and not _TRACKING.fullmatch(pair.split("=", 1)[0])
    ]
    return urlunsplit(
        (
            parts.scheme,
            where,
            quote(parts.path or "/", safe="%/:@!$&'()*+,;=~"),
            quote("&".join(kept), safe="%/:@!$&'()*+,;=~?[]"),
            "",
        )
    )


def page_of(url: str) -> str:
    """What names the page in *url* whichever way it is reached: no scheme, no ``www.``, no closing slash."""
    parts = urlsplit(canonical_url(url))
    if not parts.netloc:
        return ""
    query = f"?{parts.query}" if parts.query else ""
    return parts.netloc.removeprefix("www.") + parts.path.rstrip("/") + query


def same_site(one: str, other: str) -> bool:
    """Whether two addresses are on one host, ``www.`` aside."""
    return bool(site_of(one)) and site_of(one) == site_of(other)


def site_of(url: str) -> str:
    """The host of *url* without ``www.``, or ``""``."""
    try:
        return (urlsplit(url).hostname or "").lower().removeprefix("www.")
    except ValueError:
        return ""


def is_presigned(url: str) -> bool:
    """Whether *url* carries a signature that expires, often within a minute: fetch at once, never store it."""
    return bool(_PRESIGNED.search(url) or _PRESIGNED_PAIR.match(url))

"""People: whether enough of them can say yes, and whether their way in is closed to others."""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlmodel import Session, col, func, select

from humasbot.checking.finding import ERROR, OK, WARNING, Finding
from humasbot.config import Config
from humasbot.models import Agency, Person
from humasbot.words import t


def let_in(session: Session, config: Config) -> Iterator[Finding]:
    """What is wrong with who may come into the web page, where anybody may."""
    query = (
        select(Person.role, func.count())
        .join(Agency, col(Agency.id) == col(Person.agency_id))
        .where(Agency.name == config.agency.key, col(Person.revoked_at).is_(None))
        .group_by(col(Person.role))
    )
    counts: dict[str, int] = dict(session.exec(query).all())
    deciding = counts.get("approver", 0) + counts.get("admin", 0)
    if config.approval.eyes > 1 and deciding < config.approval.eyes:
        yield Finding(
            "web", "eyes", WARNING,
            t("[approval] eyes = {n}, tetapi hanya {k} orang yang dapat memutuskan di halaman web; undang dengan: "
              "humasbot web invite NAMA",
              "[approval] eyes = {n}, but only {k} people can decide on the web page; invite with: "
              "humasbot web invite NAME", n=config.approval.eyes, k=deciding),
        )  # fmt: skip
    if not counts:
        return
    place = urlsplit(config.web.address)
    if place.scheme == "http" and not _here(place.hostname or ""):
        yield Finding(
            "web", "address", ERROR,
            t("[web] address = {a} tanpa TLS: siapa pun di jaringan dapat menyetujui atas nama orang lain; pakai https",
              "[web] address = {a} is without TLS: anybody on the network can approve under another name; use https",
              a=config.web.address),
        )  # fmt: skip
        return
    yield Finding("web", "people", OK, t("{n} orang boleh masuk ke halaman web, {k} di antaranya memutuskan",
                                         "{n} people may come into the web page, {k} of them decide",
                                         n=sum(counts.values()), k=deciding))  # fmt: skip


def _here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""The pages behind the links of a letter: confirm, and unsubscribe (one click, RFC 8058); and WhatsApp's webhooks.

:func:`answer` is a function of a request; :func:`application` makes a WSGI application of it, which an office mounts in
any web server, or runs with ``humasbot subscribers serve`` behind one. A GET changes nothing: mail filters open links.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

from humasbot.errors import HumasbotError, NotFoundError, StateError
from humasbot.logs import Quiet
from humasbot.masking import masked
from humasbot.subscribers.book import confirm, stop
from humasbot.subscribers.hooks import LARGEST as LARGEST_HOOK
from humasbot.subscribers.inbox import Inbox
from humasbot.subscribers.register import Register, holder_of
from humasbot.words import t

log = Quiet("humasbot.whatsapp")
LARGEST = 10_000
"""Bytes of a request's body; those of RFC 8058 have 26."""
HOOK = "/whatsapp"
"""What the path of the webhooks ends with."""
_PAGE = """<!DOCTYPE html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex"><meta name="referrer" content="no-referrer"><title>{title}</title>
<style>body{{margin:0;font:18px/1.55 system-ui,sans-serif;background:#eef1f5;color:#1b2430}}
main{{max-width:32rem;margin:10vh auto;padding:1.5rem;background:#fff;border-radius:12px}}
h1{{font-size:1.4rem;margin:0 0 .75rem}}button{{font:inherit;font-weight:700;padding:.9rem 1.4rem;border:0;
border-radius:8px;background:#0b3d91;color:#fff;width:100%}}button:focus-visible{{outline:3px solid #f2b705}}</style>
</head><body><main><h1>{title}</h1><p>{words}</p>{form}</main></body></html>
"""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: its status, and the HTML of it."""

    status: int
    html: str


def answer(register: Register, method: str, path: str) -> Page:
    """What to answer to a request of *method* for *path* (below the address that the account's ``web`` names)."""
    _, _, rest = path.rstrip("/").rpartition("/konfirmasi/")
    purpose, token = (
        ("confirm", rest) if "/konfirmasi/" in path else ("leave", path.rstrip("/").rpartition("/")[2])
    )
    if purpose == "leave" and "/berhenti/" not in path:
        return _nothing() if path.strip("/") else _front()
    try:
        if method in ("GET", "HEAD"):
            return _question(register, purpose, token)
        if method != "POST":
            return _page(
                405, t("Tidak dilayani", "Not served"), t("Cara ini tidak dilayani.", "This is not served.")
            )
        return _done(register, purpose, token)
    except NotFoundError as fault:
        return _page(404, t("Tautan tidak berlaku", "Not a valid link"), str(fault))
    except StateError as fault:
        return _page(410, t("Sudah lewat", "Expired"), str(fault))


def _question(register: Register, purpose: str, token: str) -> Page:
    with register.database.read() as session:
        found = holder_of(register, session, purpose, token)
    address = masked(found.address)
    if purpose == "confirm":
        return _page(
            200,
            t("Konfirmasi langganan", "Confirm the subscription"),
            t("Kirim kabar ke {a}?", "Send news to {a}?", a=address),
            t("Ya, saya berlangganan", "Yes, I subscribe"),
        )
    return _page(
        200,
        t("Berhenti berlangganan", "Unsubscribe"),
        t("Hentikan kabar ke {a}?", "Stop the news to {a}?", a=address),
        t("Ya, hentikan", "Yes, stop"),
    )


def _done(register: Register, purpose: str, token: str) -> Page:
    if purpose == "confirm":
        confirm(register, token)
        return _page(
            200, t("Terima kasih", "Thank you"), t("Langganan Anda aktif.", "Your subscription is active.")
        )
    stop(register, token=token, why=t("lewat tautan di surat", "by the link in the letter"))
    return _page(
        200,
        t("Sudah dihentikan", "Stopped"),
        t("Anda tidak akan menerima kabar ini lagi.", "You will not get this news any more."),
    )


def _front() -> Page:
    return _page(
        200,
        t("Halaman langganan", "Subscriptions"),
        t("Pakai tautan di surat yang Anda terima.", "Use the link in the letter that you got."),
    )


def _nothing() -> Page:
    return _page(404, t("Tidak ada", "Nothing here"), t("Halaman ini tidak ada.", "There is no such page."))


def _page(status: int, title: str, words: str, button: str = "") -> Page:
    form = f'<form method="post"><button type="submit">{escape(button)}</button></form>' if button else ""
    lang = t("id", "en")
    return Page(status, _PAGE.format(lang=lang, title=escape(title), words=escape(words), form=form))


Start = Callable[[str, list[tuple[str, str]]], Any]
REASONS = {
    200: "OK",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    410: "Gone",
    413: "Too Large",
    503: "Unavailable",
}


def application(
    register: Register, inbox: Inbox | None = None
) -> Callable[[dict[str, Any], Start], Iterable[bytes]]:
    """The WSGI application (PEP 3333); with an *inbox* it takes WhatsApp's webhooks, too."""

    def serve(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        method = str(environ.get("REQUEST_METHOD", "GET"))
        if inbox is not None and str(environ.get("PATH_INFO", "")).rstrip("/").endswith(HOOK):
            return _plain(start, *_hook(inbox, method, environ))
        try:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            if length > LARGEST:
                page = _page(
                    413, t("Terlalu besar", "Too large"), t("Permintaan terlalu besar.", "Too large.")
                )
            else:
                environ["wsgi.input"].read(max(length, 0))
                page = answer(register, method, str(environ.get("PATH_INFO", "")))
        except (HumasbotError, ValueError):
            page = _page(
                503,
                t("Coba lagi", "Try again"),
                t("Sedang ada gangguan; coba lagi nanti.", "Try again later."),
            )
        body = page.html.encode()
        start(
            f"{page.status} {REASONS[page.status]}",
            [
                ("Content-Type", "text/html; charset=utf-8"),
                ("Content-Length", str(len(body))),
                ("Cache-Control", "no-store"),
                ("X-Robots-Tag", "noindex"),
                ("Referrer-Policy", "no-referrer"),
                (
                    "Content-Security-Policy",
                    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
                ),
            ],
        )
        return [] if method == "HEAD" else [body]

    return serve


def _hook(inbox: Inbox, method: str, environ: dict[str, Any]) -> tuple[int, str]:
    """What to answer to WhatsApp: a status, and the words. Where it is not 200, Meta asks again later."""
    try:
        if method == "GET":
            return inbox.handshake(str(environ.get("QUERY_STRING", "")))
        if method != "POST":
            return 405, ""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length > LARGEST_HOOK:
            return 413, ""
        body = environ["wsgi.input"].read(max(length, 0))
        return inbox.receive(str(environ.get("HTTP_X_HUB_SIGNATURE_256", "")), body), ""
    except Exception as fault:  # noqa: BLE001 - whatever it is, Meta is to repeat it and must not see it
        log.error("not_taken", fault=type(fault).__name__)
        return 503, ""


def _plain(start: Start, status: int, words: str) -> Iterable[bytes]:
    body = words.encode()
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
    start(f"{status} {REASONS[status]}", [*headers, ("X-Content-Type-Options", "nosniff")])
    return [body]

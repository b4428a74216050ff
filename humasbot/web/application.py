"""The application: who asks, from where, and whether they may; then the page, with what keeps a browser from harm.

A change is a POST from one of our own pages: the browser says from where it comes (``Origin``), and the form carries
what only our pages in that browser know. Everything else is shown again, and nothing is done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from humasbot.database import DatabaseError
from humasbot.errors import HumasbotError, InputError, NotFoundError, StateError
from humasbot.logs import Quiet
from humasbot.pipeline.staff import INSIDE
from humasbot.web import rendering, told
from humasbot.web.asking import Answer, Ask, Form, seal_of, sealed
from humasbot.web.pages import approving, braking, deciding, entering, people, proposing, today
from humasbot.words import speaking, t

if TYPE_CHECKING:
    from humasbot.app import Humasbot

log = Quiet("humasbot.web")
COOKIE, LANGUAGE = "humasbot_masuk", "humasbot_bahasa"
LARGEST = 64_000
"""Bytes of a form; ours have a few hundred."""
MOST_FIELDS = 300
YEAR = 31_536_000
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # With no-referrer a browser would call the origin of our own forms "null".
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
Page = Callable[[Ask], Answer]


@dataclass(frozen=True, slots=True)
class Door:
    """A page: its path, who may see it (a role, or nobody in particular), and what it does when it is sent a form."""

    path: str
    role: str
    show: Page | None = None
    do: Page | None = None


DOORS = (
    Door("/masuk", "", entering.front),
    Door("/masuk/{token}", "", entering.link, entering.enter),
    Door("/keluar", "viewer", None, entering.leave),
    Door("/", "viewer", approving.front),
    Door("/kiriman/{nomor:int}", "viewer", approving.post),
    Door("/kiriman/{nomor:int}/setuju", "approver", None, approving.approve),
    Door("/kiriman/{nomor:int}/tolak", "approver", None, approving.refuse),
    Door("/kiriman/{nomor:int}/batal", "approver", None, approving.cancel),
    Door("/gambar/{varian:int}/{ke:int}/{tanda}", "viewer", approving.picture),
    Door("/keputusan", "viewer", deciding.front),
    Door("/keputusan/pengiriman/{nomor:int}", "approver", None, deciding.resolve),
    Door("/keputusan/ditahan/{nomor:int}", "approver", None, deciding.held),
    Door("/keputusan/hari/{kunci}", "approver", None, deciding.day),
    Door("/keputusan/hapus/{nomor:int}", "approver", None, deciding.deleted),
    Door("/usul/{nomor:int}", "viewer", proposing.proposal, proposing.decide),
    Door("/usul/{nomor:int}/gambar/{tanda}", "viewer", proposing.picture),
    Door("/hari-ini", "viewer", today.front),
    Door("/rem", "viewer", braking.front, braking.freeze),
    Door("/rem/berkabung", "approver", braking.ask_mourning, braking.mourning),
    Door("/orang", "admin", people.front, people.revoke),
)
FORMS = {"/rem": "approver", "/usul/{nomor:int}": "approver"}
"""Where sending a form takes more than seeing the page."""


def build(bot: "Humasbot", address: str = "") -> Starlette:
    """The application; see :func:`humasbot.web.app_for`."""
    site = Site(bot, address or bot.config.web.address or f"http://{bot.config.web.listen}")
    routes = [Route(door.path, site.endpoint(door), methods=["GET", "POST"]) for door in DOORS]
    return Starlette(
        routes=[*routes, Route("/gaya/{tanda}.css", site.style), Route("/ikon.svg", site.icon)],
        exception_handlers={404: site.nothing, 405: site.nothing},
    )


class Site:
    """One office's pages at one address."""

    def __init__(self, bot: "Humasbot", address: str) -> None:
        self.bot = bot
        parts = urlsplit(address)
        self.secure = parts.scheme == "https"
        host = (parts.netloc or "").lower()
        # Alone on this machine it may be called by either name.
        names = {host, host.replace("127.0.0.1", "localhost")}
        self.hosts = names | {f"{name}:{443 if self.secure else 80}" for name in names if ":" not in name}
        self.origins = {f"{parts.scheme}://{name}" for name in names}

    def endpoint(self, door: Door) -> Callable[[Request], Any]:
        """What the server calls for a page."""

        async def serve(request: Request) -> Response:
            if (request.headers.get("host") or "").lower() not in self.hosts:
                return Response("wrong host\n", 400, HEADERS, "text/plain")
            form: Form = {}
            if request.method == "POST":
                body = await _body(request)
                if body is None:
                    return Response("too large\n", 413, HEADERS, "text/plain")
                form = _fields(body)
            return await run_in_threadpool(self.serve, door, request, form)

        return serve

    async def style(self, request: Request) -> Response:
        """The style sheet; its address changes with it."""
        data, _ = rendering.style()
        return Response(
            data, 200, {**HEADERS, "Cache-Control": "public, max-age=31536000, immutable"}, "text/css"
        )

    async def icon(self, request: Request) -> Response:
        """The mark in a browser's tab."""
        return Response(
            rendering.ICON, 200, {**HEADERS, "Cache-Control": "public, max-age=86400"}, "image/svg+xml"
        )

    async def nothing(self, request: Request, fault: Exception) -> Response:
        """No such page."""
        words = t("Halaman ini tidak ada.", "There is no such page.")
        status = getattr(fault, "status_code", 404)
        return self._drawn(
            Answer("pesan.html", {"words": words}, status), self._language(request), request, None, ""
        )

    def serve(self, door: Door, request: Request, form: Form) -> Response:
        """Answer one request whose host is ours."""
        code, token, base = self._language(request), request.cookies.get(COOKIE, ""), _base(request)
        inside = None
        try:
            inside = self.bot.staff.known(token) if token else None
            query = parse_qs(request.url.query, keep_blank_values=True, max_num_fields=MOST_FIELDS)
            path = request.url.path.removeprefix(base)
            ask = Ask(self.bot, base, path, request.path_params, query, form, token, inside)
            answer = self._allowed(door, request, ask) or self._page(door, request, ask)
            return self._drawn(answer, code, request, inside, token)
        except Exception as fault:  # noqa: BLE001 - nobody at an office can read a traceback, and it may hold a secret
            return self._drawn(self._fault(fault, door, request), code, request, inside, token)

    def _fault(self, fault: Exception, door: Door, request: Request) -> Answer:
        back = _back(request, _base(request))
        if isinstance(fault, DatabaseError):
            words = t("Basis data sedang tidak dapat dipakai; coba lagi sebentar lagi.",
                      "The database cannot be used now; try again in a moment.")  # fmt: skip
            return Answer("pesan.html", {"words": words}, 503)
        if isinstance(fault, HumasbotError):
            words = self.bot.office.vault.redact(str(fault))
            return Answer("pesan.html", {"words": words, "back": back}, _status(fault))
        log.error("page_failed", path=door.path, error=type(fault).__name__)
        words = t("Ada kesalahan yang tidak terduga. Lihat lagi sebelum mengulang, dan beri tahu admin.",
                  "A fault that nobody foresaw. Look again before you repeat it, and tell the admin.")  # fmt: skip
        return Answer("pesan.html", {"words": words, "back": back}, 500)

    def _allowed(self, door: Door, request: Request, ask: Ask) -> Answer | None:
        """What to answer instead of the page, where they may not."""
        posted = request.method == "POST"
        if (door.do if posted else door.show) is None:
            return Answer("pesan.html", {"words": t("Halaman ini tidak ada.", "There is no such page.")}, 405)
        if posted and request.headers.get("origin", "") not in self.origins:
            return _refused()
        if not door.role:
            return None
        if ask.inside is None:
            return Answer("masuk.html", {"again": ask.path if not posted else "/"}, 401)
        if posted and not sealed(ask.token, ask.text("segel")):
            return _refused()
        role = FORMS.get(door.path, door.role) if posted else door.role
        if not ask.inside.may(role):
            words = t("Peran Anda di sini hanya melihat; minta kepada admin bila perlu lebih.",
                      "Your role does not allow this; ask the admin if you need more.")  # fmt: skip
            return Answer("pesan.html", {"words": words}, 403)
        return None

    def _page(self, door: Door, request: Request, ask: Ask) -> Answer:
        page = door.do if request.method == "POST" else door.show
        return page(ask) if page is not None else _refused()

    def _drawn(self, answer: Answer, code: str, request: Request, inside: Any, token: str) -> Response:
        base = _base(request)
        if answer.go:
            response = Response(status_code=answer.status, headers={**HEADERS, "Location": answer.go})
        elif answer.kind:
            kept = {**HEADERS, "Cache-Control": "private, max-age=86400, immutable"}
            response = Response(answer.body, answer.status, kept, answer.kind)
        else:
            values = {**self._around(inside, base), **answer.values, "segel": seal_of(token) if token else ""}
            values["told"] = self._told(request, code)
            html = rendering.draw(answer.template, code, values)
            response = Response(html, answer.status, HEADERS, "text/html")
        if answer.cookie is not None:
            age = int(INSIDE.total_seconds()) if answer.cookie else 0
            self._keep(response, base, COOKIE, answer.cookie, age, "strict")
        if request.query_params.get("lang"):
            self._keep(response, base, LANGUAGE, code, YEAR, "lax")
        return response

    def _keep(
        self, response: Response, base: str, name: str, value: str, age: int, site: Literal["strict", "lax"]
    ) -> None:
        response.set_cookie(
            name, value, max_age=age, path=base or "/", secure=self.secure, httponly=True, samesite=site
        )

    def _told(self, request: Request, code: str) -> str:
        with speaking(code):
            return told.sentence(parse_qs(request.url.query))

    def _around(self, inside: Any, base: str) -> Mapping[str, Any]:
        """What stands on every page."""
        around: dict[str, Any] = {
            "base": base, "style": rendering.style()[1], "inside": inside, "office": self.bot.config.agency.name,
            "zone": inside.zone if inside else self.bot.config.zone, "freezes": [], "mourning": [], "counts": (0, 0),
            "here": "",
        }  # fmt: skip
        if inside is None:
            return around
        try:
            around["office"] = inside.title
            waits, decisions = self.bot.desk(inside.agency).pending()
            around["counts"] = (waits, decisions + (len(self.bot.proposals()) if inside.own else 0))
            if inside.own:
                around["freezes"], around["mourning"] = self.bot.freezes(), self.bot.days.mourning()
        except HumasbotError:
            log.error("page_incomplete")  # the page itself says what is wrong
        return around

    def _language(self, request: Request) -> str:
        """What the reader asked for, else what their browser speaks, else the office's language."""
        wanted = request.query_params.get("lang") or request.cookies.get(LANGUAGE, "")
        if wanted in ("id", "en"):
            return str(wanted)
        spoken = [
            part.partition(";")[0].strip()[:2].lower()
            for part in request.headers.get("accept-language", "").split(",")
        ]
        if "id" not in spoken and spoken[0] == "en":
            return "en"
        return self.bot.config.humasbot.language


def _base(request: Request) -> str:
    """What stands before our paths, where a host or a proxy put us below its own."""
    return str(request.scope.get("root_path", ""))


async def _body(request: Request) -> bytes | None:
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > LARGEST:
            return None
    return data


def _fields(body: bytes) -> Form:
    try:
        return parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}


def _back(request: Request, base: str) -> str:
    """Where somebody goes on after a fault: the Post that they were looking at, else the list that they came from."""
    path = request.url.path.removeprefix(base)
    if number := request.path_params.get("nomor"):
        kind = path.split("/")[1]
        return (
            f"/{kind}/{number}" if kind in ("kiriman", "usul") and request.method == "POST" else "/keputusan"
        )
    return next((known for known in ("/keputusan", "/rem", "/orang") if path.startswith(known)), "/")


def _refused() -> Answer:
    words = t("Permintaan ini tidak datang dari halaman kami, jadi tidak ada yang dilakukan. Buka lagi halamannya.",
              "This request did not come from our own page, so nothing was done. Open the page again.")  # fmt: skip
    return Answer("pesan.html", {"words": words}, 403)


def _status(fault: HumasbotError) -> HTTPStatus:
    if isinstance(fault, NotFoundError):
        return HTTPStatus.NOT_FOUND
    if isinstance(fault, StateError):
        return HTTPStatus.CONFLICT
    return HTTPStatus.UNPROCESSABLE_ENTITY if isinstance(fault, InputError) else HTTPStatus.BAD_GATEWAY

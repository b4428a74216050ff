"""E-mail: one letter to everybody on a list, through the office's own mail server.

Each person's answer is kept (:mod:`humasbot.platforms.people`): a crash or a broken connection leaves only the letter
in doubt that was being handed in, and that one is not sent again by itself. ``find_existing`` asks that ledger, not
the server. A letter has no public address, so the receipt names the page that it is about, else the subscription page.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, ClassVar, Self

from humasbot.content import Addressee, Answered, Checkpoint, Limits, Outgoing, Receipt
from humasbot.errors import ConfigError, Problem, Rejected
from humasbot.platforms.base import Publisher, Setting, read_settings
from humasbot.platforms.email_letter import (
    Style,
    batch_of,
    letter,
    message_id,
    plain_letter,
)
from humasbot.platforms.email_smtp import PORTS, TITLE, Line, Server, no_such_address
from humasbot.platforms.http import base_address
from humasbot.platforms.people import Mailing, Mark
from humasbot.words import t

_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9-]+\.)+[A-Za-z]{2,63}")
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:]{2,39}")
_LIST = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_HERE = ("localhost", "127.0.0.1", "::1")


def _setting(name: str, indonesian: str, english: str, default: str = "", **more: Any) -> Setting:
    return Setting(name, indonesian, english, required=False, default=default, **more)


class Email(Publisher):
    """One list, written to through one mail server; see the module."""

    name: ClassVar[str] = "email"
    title: ClassVar[str] = TITLE
    proof: ClassVar[str] = "real server"
    people: ClassVar[str] = "email"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("host", "server surel (SMTP)", "mail server (SMTP)", example="smtp.contoh.go.id"),
        Setting("sender", "alamat pengirim", "the sender's address", example="humas@contoh.go.id"),
        Setting(
            "contact",
            "alamat, telepon dan situs kantor, ditulis di kaki surat",
            "the office's address, telephone and website, for the foot of the letter",
            example="Jl. Merdeka 1, Kota Contoh\n(021) 123-4567",
        ),
        Setting(
            "web",
            "alamat halaman langganan (humasbot subscribers serve)",
            "address of the subscription pages (humasbot subscribers serve)",
            example="https://langganan.contoh.go.id",
        ),
        _setting(
            "port", "port; bawaan 587, 465 atau 25 menurut security", "port; 587, 465 or 25 by security"
        ),
        _setting(
            "security",
            "starttls, tls, atau none (hanya untuk server di mesin ini)",
            "starttls, tls, or none (only for a server on this machine)",
            "starttls",
        ),
        _setting("user", "nama pengguna", "user name", example="humas@contoh.go.id"),
        _setting("password", "kata sandi", "password", secret=True),
        _setting("ca", "berkas sertifikat CA kantor (PEM)", "file of the office's own CA (PEM)", path=True),
        _setting("reply_to", "alamat untuk balasan", "address for replies"),
        _setting("list", "nama daftar penerima", "name of the list", "utama"),
        _setting(
            "digest",
            "only: hanya rangkuman, bukan surat per kabar",
            "only: digests, not a letter for each piece of news",
        ),
        _setting("agency", "nama kantor", "name of the office", "Humas"),
        _setting("colour", "warna kepala surat", "colour of the letter's head", "#0B3D91"),
        _setting("accent", "warna garis", "colour of the line", "#F2B705"),
    )
    limits = Limits(
        # Gmail hides what of a letter's HTML is beyond 102 kB; so long a text stays below it even as HTML.
        max_text=20_000,
        source="https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3 (no bound on a text); ours, see the comment",
        as_of=date(2026, 11, 22),
        max_media=4,
        max_media_bytes=1_000_000,
        media_types=("image/jpeg", "image/png", "image/gif"),
        max_alt=1000,
        card_size=(1200, 675),
    )

    def __init__(self, server: Server, style: Style) -> None:
        self._server = server
        self._style = style

    def __repr__(self) -> str:
        return f"Email({self._style.sender!r} via {self._server.host!r})"

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """See :meth:`Publisher.from_settings`."""
        values = read_settings(cls, settings)
        problems: list[Problem] = []
        values["web"] = base_address("web", values["web"], problems)
        server = _server(values, problems)
        problems += _style_faults(values)
        if problems:
            raise ConfigError(*problems)
        style = Style(
            sender=values["sender"],
            agency=" ".join(values["agency"].split()),
            contact=values["contact"],
            web=values["web"],
            list_name=values["list"],
            reply_to=values["reply_to"],
            colour=values["colour"],
            accent=values["accent"],
        )
        return cls(server, style)

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """A letter to everybody on the list who has none yet."""
        line = Line(self._server)

        def send(person: Addressee, mark: Mark) -> Answered:
            return self._send(line, outgoing, person, mark)

        try:
            self._mailing(outgoing).run(line.ready, send, checkpoint)
        finally:
            line.close()
        return self._receipt(outgoing)

    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        """What our own ledger says: out, once everybody has an answer; absent, while sending on is safe and needed."""
        return None if self._mailing(outgoing).look() is None else self._receipt(outgoing)

    def verify(self) -> str:
        """The sender and the server that takes its letters."""
        line = Line(self._server)
        try:
            line.ready()
        finally:
            line.close()
        return f"{self._style.sender} ({self._server.host})"

    def ask_to_confirm(self, address: str, name: str, token: str) -> None:
        """Send the letter that asks *address* to confirm its subscription with *token*.

        Raises like :meth:`publish`; sending it twice does no harm.
        """
        url = f"{self._style.web}/konfirmasi/{token}"
        subject = t("Konfirmasi langganan {a}", "Confirm your subscription to {a}", a=self._style.agency)
        text = t(
            "Seseorang, mungkin Anda, mendaftarkan alamat ini untuk menerima kabar dari {a}.\n\n"
            "Bila memang Anda, buka tautan ini dalam 7 hari dan tekan tombolnya:\n{u}\n\n"
            "Bila bukan Anda, abaikan saja surat ini; Anda tidak akan dikirimi apa pun lagi.",
            "Somebody, perhaps you, entered this address to get news of {a}.\n\n"
            "If it was you, open this link within 7 days and press the button:\n{u}\n\n"
            "If not, just ignore this letter; you will get nothing more.",
            a=self._style.agency,
            u=url,
        )
        own = {"Message-ID": f"<konfirmasi.{batch_of(token)}@{self._style.domain}>"}
        body = plain_letter(self._style, address, name, subject, text, own)
        line = Line(self._server)
        try:
            line.ready()
            answered = line.send(self._style.sender, address, body, lambda: None)
        finally:
            line.close()
        if answered.state != "sent":
            raise Rejected(answered.note)

    def _send(self, line: Line, outgoing: Outgoing, person: Addressee, mark: Mark) -> Answered:
        body, own = (
            letter(outgoing, person, self._style),
            message_id(outgoing.key, person, self._style.domain),
        )
        answered = line.send(self._style.sender, person.address, body, lambda: mark(own))
        if answered.state == "sent":
            return Answered("sent", own)
        if answered.state == "refused" and no_such_address(answered.note):
            self.directory.drop(person, "bounced", answered.note)
        return answered

    def _mailing(self, outgoing: Outgoing) -> Mailing:
        return Mailing(self.directory, self._style.list_name, outgoing.key, TITLE)

    def _receipt(self, outgoing: Outgoing) -> Receipt:
        remote_id = f"{batch_of(outgoing.key)}@{self._style.domain}"
        return Receipt(remote_id, outgoing.link or self._style.web, datetime.now(UTC))


def _server(values: Mapping[str, str], problems: list[Problem]) -> Server:
    security, host = values["security"].lower(), values["host"]
    port = values["port"] or str(PORTS.get(security, 0))
    if security not in PORTS:
        problems.append(Problem("security", t("pilih {all}", "choose {all}", all=", ".join(PORTS))))
    elif security == "none" and host not in _HERE:
        words = t(
            "tanpa enkripsi hanya untuk server di mesin ini; pakai starttls atau tls",
            "only a server on this machine goes without encryption; use starttls or tls",
        )
        problems.append(Problem("security", words))
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        problems.append(Problem("port", t("bukan nomor port", "not a port number")))
        port = "0"
    if bool(values["user"]) != bool(values["password"]):
        missing = "password" if values["user"] else "user"
        words = t(
            "user dan password diisi keduanya atau tidak sama sekali", "give user and password, or neither"
        )
        problems.append(Problem(missing, words))
    if not _HOST.fullmatch(host):
        problems.append(
            Problem("host", t("nama server saja, tanpa port", "the server's name only, without a port"))
        )
    helo = values["sender"].rpartition("@")[2]
    return Server(
        host, int(port), security, values["user"], values["password"], values["ca"], helo or "localhost"
    )


def _style_faults(values: Mapping[str, str]) -> list[Problem]:
    problems = [
        Problem(name, t("bukan alamat surel yang sah", "not a valid e-mail address"))
        for name in ("sender", "reply_to")
        if values[name] and not _ADDRESS.fullmatch(values[name])
    ]
    problems += [
        Problem(name, t("bukan warna; tulis misalnya #0B3D91", "not a colour; write for example #0B3D91"))
        for name in ("colour", "accent")
        if not _COLOUR.fullmatch(values[name])
    ]
    if not _LIST.fullmatch(values["list"]):
        words = t("hanya huruf kecil, angka, - dan _", "only lower-case letters, digits, - and _")
        problems.append(Problem("list", words))
    if values["digest"] not in ("", "only"):
        problems.append(Problem("digest", t("tulis only atau kosongkan", "write only, or leave it empty")))
    return problems

"""Handoff: where no interface for programs exists, a packet is laid ready and a person posts it.

``publish`` writes the packet and then raises :class:`~humasbot.errors.Uncertain` for a person. That is no trick: from
this moment on a person may have posted it, and only a person knows. *uncertain* is the state for exactly that: never
sent again by itself, looked for again and again, ended by ``humasbot resolve NUMBER --exists LINK``. A state of its own
would be a second word for the same promise. Who works in the shared folder only pastes the link into ``bukti.txt``:
``find_existing`` reads it, so the archive has its proof without a command.
"""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from humasbot.content import Checkpoint, Limits, Outgoing, Receipt
from humasbot.errors import REMINDERS, ConfigError, Problem, Retryable, Uncertain
from humasbot.indonesian import long_moment
from humasbot.platforms.base import Publisher, Setting, read_settings
from humasbot.platforms.handoff_page import Look, file_name, page, qr_svg
from humasbot.platforms.handoff_targets import TARGETS, Target
from humasbot.platforms.http import base_address
from humasbot.words import reason, t

TITLE = "Serah tangan"
PROOF = "bukti.txt"
LAID = ".paket"
"""Holds one file for each packet that was ever laid ready: one that is gone was not never there."""
LARGEST_PROOF = 10_000
LONGEST_WEB = 130
"""Leaves room for a packet's name within the 213 bytes of our largest QR code."""
_WORDS = re.compile(r"[^a-z0-9]+")
_LINK = re.compile(r"https?://[^\s<>\"]+")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")


def _setting(name: str, indonesian: str, english: str, default: str = "", **more: Any) -> Setting:
    return Setting(name, indonesian, english, required=False, default=default, **more)


class Handoff(Publisher):
    """One folder of packets for one place; see the module."""

    name: ClassVar[str] = "handoff"
    title: ClassVar[str] = TITLE
    proof: ClassVar[str] = "real server"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("folder", "folder paket", "folder of the packets", path=True, example="paket"),
        Setting(
            "target",
            f"tempat menerbitkan: {', '.join(TARGETS)}",
            f"where it is posted: {', '.join(TARGETS)}",
            example="whatsapp-channel",
        ),
        _setting(
            "web", "alamat folder itu bila disajikan, untuk kode QR", "the folder's address, for the QR code"
        ),
        _setting(
            "place", "tautan saluran atau akun di aplikasi", "link of the channel or account in the app"
        ),
        _setting(
            "person", "siapa yang menerbitkan, misalnya Siti (Humas)", "who posts it, as Siti (press office)"
        ),
        _setting("remind", "ingatkan setelah sekian menit", "remind after so many minutes", "60"),
        _setting("agency", "nama kantor", "name of the office", "Humas"),
        _setting("zone", "zona waktu", "time zone", "Asia/Jakarta"),
        _setting("colour", "warna kepala halaman", "colour of the page's head", "#0B3D91"),
        _setting("accent", "warna garis", "colour of the line", "#F2B705"),
    )
    shaped_by: ClassVar[tuple[str, ...]] = ("target",)
    limits = Limits(
        max_text=2200,
        source="docs/HANDOFF.md (each target has its own)",
        as_of=date(2026, 11, 22),
        max_media=10,
        max_media_bytes=5_000_000,
        media_types=("image/jpeg", "image/png"),
        max_alt=1000,
        card_size=(1080, 1080),
    )

    def __init__(
        self, folder: Path, target: Target, look: Look, zone: ZoneInfo, *, web: str = "", remind: int = 60
    ) -> None:
        self.folder = folder
        self._target = target
        self._look = look
        self._zone = zone
        self._web = web
        self._remind = timedelta(minutes=remind)
        self.handed_over: Callable[[Path], None] = lambda packet: None
        """Called with the packet's folder once it lies ready: a program of one's own may tell people there."""
        self.limits = replace(
            type(self).limits,
            max_text=target.max_text,
            source=target.source,
            max_media=target.max_media,
            needs_media=target.needs_media,
            card_size=target.card_size,
        )

    def __repr__(self) -> str:
        return f"Handoff({self._target.key!r}, {str(self.folder)!r})"

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """See :meth:`Publisher.from_settings`."""
        values = read_settings(cls, settings)
        problems: list[Problem] = []
        target = TARGETS.get(values["target"])
        if target is None:
            problems.append(Problem("target", t("pilih {all}", "choose {all}", all=", ".join(TARGETS))))
        web = base_address("web", values["web"], problems) if values["web"] else ""
        if values["place"] and _address(values["place"]) is None:
            problems.append(Problem("place", t("bukan alamat https", "not an https address")))
        if not re.fullmatch("[1-9][0-9]{0,4}", values["remind"]):
            problems.append(Problem("remind", t("bilangan menit, misalnya 60", "a number of minutes, as 60")))
        if len(web) > LONGEST_WEB:
            problems.append(Problem("web", t("terlalu panjang untuk kode QR", "too long for a QR code")))
        problems += [
            Problem(name, t("bukan warna; tulis #0B3D91", "not a colour; write #0B3D91"))
            for name in ("colour", "accent")
            if not _COLOUR.fullmatch(values[name])
        ]
        zone = _zone(values["zone"], problems)
        if problems or target is None:
            raise ConfigError(*problems)
        who = " ".join(values["person"].split())
        look = Look(values["agency"], values["colour"], values["accent"], values["place"], who)
        return cls(Path(values["folder"]), target, look, zone, web=web, remind=int(values["remind"]))

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """Lay the packet ready; the receipt is the link that a person puts beside it.

        Raises :class:`~humasbot.errors.Uncertain` for a person while there is none, and
        :class:`~humasbot.errors.Retryable` when the packet could not be written: nobody saw it then.
        """
        packet = self._packet(outgoing)
        try:
            if not (packet / "index.html").is_file():
                self._lay(outgoing, packet)
        except OSError as error:
            raise Retryable(self._disk(error)) from None
        self.handed_over(packet)
        return self._proof(packet) or self._wait(packet)

    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        """The link beside the packet; ``None`` only if no packet was ever laid ready for it."""
        packet = self._packet(outgoing)
        try:
            known = [entry.name for entry in self.folder.iterdir()]
            if packet.name in known:
                return self._proof(packet) or self._wait(packet)
            if LAID in known and (self.folder / LAID / self._code(outgoing)).exists():
                raise Uncertain(
                    t("{p}: paket {c} sudah tidak ada di foldernya; sudah diterbitkan?",
                      "{p}: the packet {c} is gone from its folder; was it posted?", p=TITLE, c=packet.name),
                    person=True,
                )  # fmt: skip
        except OSError as error:
            raise Uncertain(self._disk(error)) from None
        return None

    def verify(self) -> str:
        """The target, once it is sure that packets can be written."""
        try:
            self.folder.mkdir(exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                return f"{self._target.title} → {self.folder.name}"
        except OSError as error:
            raise Retryable(self._disk(error)) from None

    def _code(self, outgoing: Outgoing) -> str:
        return sha256(f"paket\n{outgoing.key}".encode()).hexdigest()[:10]

    def _packet(self, outgoing: Outgoing) -> Path:
        """``2026-11-22-loket-buka-sabtu-3f2a…``: in order, to be recognised, and each delivery its own."""
        day = outgoing.due.astimezone(self._zone).date().isoformat()
        words = _WORDS.sub("-", (outgoing.title or outgoing.text).lower()[:60]).strip("-")[:40].strip("-")
        return self.folder / f"{day}-{words or 'kiriman'}-{self._code(outgoing)}"

    def _lay(self, outgoing: Outgoing, packet: Path) -> None:
        """Write the packet whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / LAID).mkdir(exist_ok=True)
        code = self._code(outgoing)
        address = f"{self._web}/{packet.name}/" if self._web else ""
        when = long_moment(outgoing.due, self._zone)
        files = {file_name(n, media): media.data for n, media in enumerate(outgoing.media)}
        files["index.html"] = page(outgoing, self._target, self._look, code, when, address).encode()
        files["teks.txt"] = outgoing.text.encode()
        if address:
            files["qr.svg"] = qr_svg(address).encode()
        about = {
            "code": code,
            "target": self._target.key,
            "due": outgoing.due.astimezone(UTC).isoformat(),
            "link": outgoing.link,
            "pictures": [{"file": file_name(n, m), "alt": m.alt} for n, m in enumerate(outgoing.media)],
        }
        files["paket.json"] = json.dumps(about, ensure_ascii=False, indent=2).encode()
        part = Path(tempfile.mkdtemp(prefix=".baru-", dir=self.folder))
        try:
            for name, data in files.items():
                _write(part / name, data)
            part.chmod(0o755)
            if packet.exists():  # somebody took the page out of it
                shutil.copytree(part, packet, dirs_exist_ok=True)
            else:
                part.rename(packet)
            _write(self.folder / LAID / code, packet.name.encode())
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def _proof(self, packet: Path) -> Receipt | None:
        try:
            with (packet / PROOF).open("rb") as file:
                words = file.read(LARGEST_PROOF).decode("utf-8-sig", "replace")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Uncertain(self._disk(error), person=True) from None
        found = _LINK.search(words)
        address = _address(found[0].rstrip(".,;)")) if found else None
        if address is None:
            if words.strip():
                raise Uncertain(
                    t("{p}: {f} di {c} tidak memuat tautan; tempel tautan kirimannya",
                      "{p}: {f} in {c} holds no link; paste the link of the post", p=TITLE, f=PROOF, c=packet.name),
                    person=True,
                )  # fmt: skip
            return None
        return Receipt(address, address, None)

    def _wait(self, packet: Path) -> Receipt:
        """There is no proof yet: a person has to do it, or to say so."""
        try:
            laid = datetime.fromtimestamp((packet / "index.html").stat().st_mtime, UTC)
        except OSError:
            laid = datetime.now(UTC)
        waited = datetime.now(UTC) - laid
        where = f"{self._web}/{packet.name}/" if self._web else str(packet / "index.html")
        words = t(
            "{p} {g}: buka {w}, terbitkan, lalu tempel tautannya ke {f} atau: humasbot resolve NOMOR --exists TAUTAN",
            "{p} {g}: open {w}, post it, then paste its link into {f} or: humasbot resolve NUMBER --exists LINK",
            p=TITLE,
            g=f"{self._target.title}, {self._look.person}" if self._look.person else self._target.title,
            w=where,
            f=PROOF,
        )
        if waited >= self._remind:
            minutes = int(waited.total_seconds() // 60)
            words = f"{t(*REMINDERS)}, {t('sudah {n} menit', '{n} minutes', n=minutes)} – {words}"
        raise Uncertain(words, person=True)

    def _disk(self, error: OSError) -> str:
        return t(
            "{p}: folder {f} tidak dapat dipakai ({w}); periksa folder dan haknya",
            "{p}: the folder {f} cannot be used ({w}); check the folder and its rights",
            p=TITLE,
            f=self.folder,
            w=reason(error),
        )


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o644)


def _address(text: str) -> str | None:
    """*text*, if it is a whole web address."""
    try:
        parts = urlsplit(text)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
    except ValueError:
        return None
    return text if whole else None


def _zone(name: str, problems: list[Problem]) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        problems.append(
            Problem("zone", t("bukan zona waktu; pakai Asia/Jakarta", "not a time zone; use Asia/Jakarta"))
        )
        return ZoneInfo("UTC")

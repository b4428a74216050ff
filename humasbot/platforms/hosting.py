"""Where a platform can fetch a picture from: Instagram and Threads take an address, never the bytes.

A picture is lent for as long as the platform needs it: put under a name that nobody can guess, looked at from outside
before the address is given away, and taken back after use. What a crash left behind is swept away after a day; only
files of ours, known by their names, are ever touched.
"""

import os
import re
import secrets
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from humasbot.content import Media
from humasbot.errors import Problem, PublishError, Retryable
from humasbot.net import Http, NetError
from humasbot.platforms.base import Setting
from humasbot.platforms.http import base_address
from humasbot.platforms.s3 import Bucket, Signer
from humasbot.words import reason, t

KEEP = timedelta(days=1)
"""A container has to be published within a day, so no address is needed longer."""
SWEEP_EVERY = 3600.0
"""Seconds between two sweeps of one host."""
OURS = re.compile(r"\.?humasbot-[\w-]{8,64}(?:\.jpg|\.png)?")
SWITCH = ("on", "off")

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "media_folder",
        "folder gambar yang disajikan server web kantor",
        "a folder of pictures that the office's web server serves",
        required=False,
        path=True,
        example="media",
    ),
    Setting(
        "media_url",
        "alamat umum folder (atau bucket) itu",
        "the public address of that folder (or bucket)",
        required=False,
        example="https://www.example.go.id/media-humasbot",
    ),
    Setting(
        "media_check",
        "lihat dulu alamat gambar dari luar: on atau off",
        "look at a picture's address from outside first: on or off",
        required=False,
        default="on",
    ),
    Setting(
        "s3_endpoint",
        "alamat penyimpanan S3, pengganti media_folder",
        "address of an S3 storage, instead of media_folder",
        required=False,
        example="https://s3.example.id",
    ),
    Setting("s3_bucket", "nama bucket", "the bucket's name", required=False),
    Setting("s3_region", "wilayah bucket", "the bucket's region", required=False, default="us-east-1"),
    Setting("s3_key", "nomor kunci akses S3", "the S3 access key's id", required=False),
    Setting("s3_secret", "rahasia kunci akses S3", "the S3 access key's secret", secret=True, required=False),
)
"""What a platform that needs a host adds to its own settings."""


def looking() -> Http:
    """The client that looks at an address as a stranger would: never into this network, not for long."""
    return Http(guard=True, read=10, total=20)


class MediaHost(ABC):
    """Lends pictures to a platform; safe to share between threads."""

    def __init__(self, http: Http | None = None, *, check: bool = True) -> None:
        self._http = http or looking()
        self._check = check
        self._swept = 0.0

    def lend(self, media: Media) -> str:
        """A public address of *media*.

        Raises :class:`~humasbot.errors.Retryable` or :class:`~humasbot.errors.AuthExpired`, in one sentence, where
        the picture cannot be put there or cannot be seen from outside.
        """
        self._sweep_now_and_then()
        name = f"humasbot-{secrets.token_urlsafe(24)}{media.suffix}"
        address = self._put(name, media)
        if self._check and (fault := self._fault(address, media)):
            self.take_back(address)
            raise Retryable(fault)
        return address

    def lends(self, address: str) -> bool:
        """Whether the picture of an *address* that was lent earlier is still there."""
        return self._has(name_of(address))

    def take_back(self, address: str) -> None:
        """Remove the picture; where that fails now, the sweep does it later."""
        try:
            self._remove(name_of(address))
        except (OSError, PublishError):
            return

    def prove(self) -> None:
        """Lend a small picture and take it back, to find out whether all of this works. Raises like :meth:`lend`."""
        from PIL import Image

        buffer = BytesIO()
        Image.new("RGB", (8, 8), (11, 61, 145)).save(buffer, "JPEG")
        self.take_back(self.lend(Media(buffer.getvalue(), "image/jpeg", "humasbot", 8, 8)))

    def sweep(self, now: datetime | None = None) -> int:
        """Remove what is older than :data:`KEEP` and made by us; returns how many."""
        limit = (now or datetime.now(UTC)) - KEEP
        old = [name for name, written in self._names() if written < limit and OURS.fullmatch(name)]
        for name in old:
            self._remove(name)
        return len(old)

    def _sweep_now_and_then(self) -> None:
        if self._swept and time.monotonic() - self._swept < SWEEP_EVERY:
            return
        self._swept = time.monotonic()
        try:
            self.sweep()
        except (OSError, PublishError):
            return  # tidying up must not keep an announcement back

    def _fault(self, address: str, media: Media) -> str:
        """Why the platform would not get *media* at *address*; empty when it would."""
        try:
            answer = self._http.request("HEAD", address)
            if answer.status in (403, 405, 501):
                # A presigned address is signed for GET, and some servers know no HEAD.
                answer = self._http.request("GET", address)
        except NetError as error:
            return _unseen(address, str(error))
        if 300 <= answer.status < 400:
            return _unseen(
                address, t("alamatnya dialihkan ke alamat lain", "it redirects to another address")
            )
        if answer.status != 200:
            return _unseen(address, f"HTTP {answer.status}")
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != media.mime:
            return _unseen(
                address,
                t("jenisnya {k}, bukan {m}", "its type is {k}, not {m}", k=kind or "–", m=media.mime),
            )
        size = answer.headers.get("content-length", "")
        if "content-encoding" not in answer.headers and size.isdecimal() and int(size) != len(media.data):
            return _unseen(address, t("ukurannya lain dari aslinya", "its size is not that of the original"))
        return ""

    @abstractmethod
    def _put(self, name: str, media: Media) -> str:
        """Keep *media* as *name*, whole or not at all, and return its address."""

    @abstractmethod
    def _has(self, name: str) -> bool: ...

    @abstractmethod
    def _remove(self, name: str) -> None: ...

    @abstractmethod
    def _names(self) -> list[tuple[str, datetime]]:
        """Names that may be ours, with when they were written (aware, UTC)."""


class Folder(MediaHost):
    """A folder that the office's web server shows at a public address."""

    def __init__(self, folder: Path, url: str, http: Http | None = None, *, check: bool = True) -> None:
        super().__init__(http, check=check)
        self._folder = folder
        self._url = url.rstrip("/")

    def __repr__(self) -> str:
        return f"Folder({str(self._folder)!r}, {self._url!r})"

    def _put(self, name: str, media: Media) -> str:
        try:
            # Under a name that starts with a dot until it is whole; web servers do not show such names.
            descriptor, temporary = tempfile.mkstemp(prefix=".humasbot-", dir=self._folder)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(media.data)
                    os.fchmod(file.fileno(), 0o644)  # the web server reads it as another user
                Path(temporary).replace(self._folder / name)
            except BaseException:
                Path(temporary).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise Retryable(
                t(
                    "gambar tidak dapat ditulis ke media_folder {p} ({why}); periksa folder dan hak tulisnya",
                    "the picture cannot be written into media_folder {p} ({why}); check the folder and its rights",
                    p=self._folder,
                    why=reason(error),
                )
            ) from None
        return f"{self._url}/{name}"

    def _has(self, name: str) -> bool:
        return bool(OURS.fullmatch(name)) and (self._folder / name).is_file()

    def _remove(self, name: str) -> None:
        if OURS.fullmatch(name):
            (self._folder / name).unlink(missing_ok=True)

    def _names(self) -> list[tuple[str, datetime]]:
        return [
            (entry.name, datetime.fromtimestamp(entry.stat().st_mtime, UTC))
            for entry in os.scandir(self._folder)
            if OURS.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
        ]


class Storage(MediaHost):
    """An S3-compatible bucket; private ones work too, by addresses that carry a signature and end by themselves."""

    def __init__(
        self, bucket: Bucket, url: str = "", http: Http | None = None, *, check: bool = True
    ) -> None:
        super().__init__(http, check=check)
        self._bucket = bucket
        self._url = url.rstrip("/")

    def __repr__(self) -> str:
        return f"Storage({self._bucket.address!r})"

    def _put(self, name: str, media: Media) -> str:
        self._bucket.put(name, media.data, media.mime)
        return f"{self._url}/{name}" if self._url else self._bucket.presigned(name, KEEP)

    def _has(self, name: str) -> bool:
        return bool(OURS.fullmatch(name)) and self._bucket.has(name)

    def _remove(self, name: str) -> None:
        if OURS.fullmatch(name):
            self._bucket.delete(name)

    def _names(self) -> list[tuple[str, datetime]]:
        return self._bucket.names("humasbot-")


def host_from(
    values: Mapping[str, str], problems: list[Problem], http: Http | None = None
) -> MediaHost | None:
    """The host that the settings of :data:`SETTINGS` describe, ``None`` where they describe none.

    Adds every fault to *problems*. *http* is the client that looks at addresses, a guarded one by default.
    """
    if values["media_check"] not in SWITCH:
        problems.append(Problem("media_check", t("tulis on atau off", "write on or off")))
    check = values["media_check"] != "off"
    folder, bucket = values["media_folder"], values["s3_endpoint"] or values["s3_bucket"]
    url = base_address("media_url", values["media_url"], problems) if values["media_url"] else ""
    if folder and bucket:
        words = t("pilih salah satu: media_folder atau s3_…", "choose one: media_folder or s3_…")
        problems.append(Problem("media_folder", words))
    if folder:
        if not url:
            words = t("wajib diisi bersama media_folder", "is required together with media_folder")
            problems.append(Problem("media_url", words))
        return Folder(Path(folder), url, http, check=check)
    if not bucket:
        return None
    for name in ("s3_endpoint", "s3_bucket", "s3_key", "s3_secret"):
        if not values[name]:
            words = t("wajib diisi untuk penyimpanan S3", "is required for an S3 storage")
            problems.append(Problem(name, words))
    endpoint = base_address("s3_endpoint", values["s3_endpoint"], problems) if values["s3_endpoint"] else ""
    signer = Signer(values["s3_key"], values["s3_secret"], values["s3_region"])
    return Storage(Bucket(endpoint, values["s3_bucket"], signer, Http()), url, http, check=check)


def name_of(address: str) -> str:
    """The file's name at the end of an address that :meth:`MediaHost.lend` gave."""
    return urlsplit(address).path.rpartition("/")[2]


def _unseen(address: str, why: str) -> str:
    return t(
        "gambar tidak terlihat dari luar di {host} ({why}); periksa media_url dan server webnya. Bila mesin ini "
        "melihat situsnya sendiri dari dalam, tulis media_check = off",
        "the picture cannot be seen from outside at {host} ({why}); check media_url and its web server. Where this "
        "machine sees its own site from inside, write media_check = off",
        host=urlsplit(address).netloc,
        why=why,
    )  # fmt: skip

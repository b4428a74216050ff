"""A picture from the web: fetched within bounds and looked at before anyone believes it is one."""

from humasbot.errors import FetchError
from humasbot.net import Http, safe_url
from humasbot.sources.base import get, refusal
from humasbot.words import t

MAX_BYTES = 15_000_000
ACCEPT = "image/jpeg,image/png,image/webp;q=0.9,image/*;q=0.1"


def image_type(data: bytes) -> str:
    """``image/jpeg``, ``image/png`` or ``image/webp`` by the file's own first bytes; ``""`` for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return ""


def fetch_image(url: str, http: Http, max_bytes: int = MAX_BYTES) -> bytes:
    """The bytes of the JPEG, PNG or WebP at *url*, at most *max_bytes*.

    Raises :class:`~humasbot.errors.FetchError` with the reason; it is temporary where trying later can help.
    """
    answer = get(http, url, headers={"Accept": ACCEPT}, max_bytes=max_bytes)
    if answer.status != 200:
        raise refusal(answer)
    check_image(answer.body, safe_url(url))
    return answer.body


def check_image(data: bytes, where: str) -> None:
    """Raise :class:`~humasbot.errors.FetchError` unless *data* begins like a picture we can use."""
    if not data:
        raise FetchError(t("{where}: gambar kosong", "{where}: the picture is empty", where=where))
    if image_type(data):
        return
    raise FetchError(
        t(
            "{where}: {what}, bukan gambar JPEG, PNG atau WebP",
            "{where}: {what}, not a JPEG, PNG or WebP picture",
            where=where,
            what=_what(data),
        ),
        temporary=False,
    )


def _what(data: bytes) -> str:
    start = data[:256].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<?php")):
        return t("halaman web", "a web page")
    if start.startswith((b"<svg", b"<?xml")):
        return t("gambar SVG atau XML", "an SVG picture or XML")
    if start.startswith(b"gif8"):
        return t("gambar GIF", "a GIF picture")
    if data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypavif"):
        return t("gambar HEIC/AVIF", "a HEIC/AVIF picture")
    if start.startswith(b"%pdf"):
        return t("berkas PDF", "a PDF file")
    return t("berkas tak dikenal", "an unknown file")

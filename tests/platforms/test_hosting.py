"""The media host: names nobody guesses, whole files only, a look from outside, nothing left behind; S3's signature."""
# ruff: noqa: F811

import os
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from meta_kit import looking, site  # noqa: F401

from humasbot.content import Media
from humasbot.errors import Problem, Retryable
from humasbot.net import Http
from humasbot.platforms.base import read_settings
from humasbot.platforms.hosting import KEEP, Folder, MediaHost, Storage, host_from
from humasbot.platforms.instagram import Instagram
from humasbot.platforms.s3 import Signer
from humasbot.testing import picture
from humasbot.testing.standin_meta import MediaSite

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def host(site: MediaSite) -> Folder:
    return Folder(site.folder, site.url, looking())


def settings(**given: str) -> dict[str, str]:
    return read_settings(Instagram, {"user_id": "1", "token": "t", **given})


# A folder of the office's web server.


def test_a_picture_is_lent_under_a_name_nobody_guesses_and_taken_back(host: Folder, site: MediaSite) -> None:
    addresses = {host.lend(picture(0)) for _ in range(20)}
    assert len(addresses) == 20
    assert all(re.fullmatch(rf"{site.url}/humasbot-[\w-]{{32}}\.jpg", address) for address in addresses)
    address = addresses.pop()
    assert Http().request("GET", address).body == picture(0).data
    assert host.lends(address)
    for _ in range(2):
        host.take_back(address)
    assert not host.lends(address)
    assert len(site.names()) == 19


def test_a_file_can_be_read_by_the_web_servers_user(host: Folder, site: MediaSite) -> None:
    host.lend(picture(0))
    assert oct((site.folder / site.names()[0]).stat().st_mode & 0o777) == "0o644"


def test_a_file_is_there_whole_or_not_at_all(
    host: Folder, site: MediaSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        assert site.names()[0].startswith("."), "until it is whole, its name is hidden from the web"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fchmod", full)
    with pytest.raises(Retryable, match=r"tidak dapat ditulis ke media_folder .*\(diska penuh\)"):
        host.lend(picture(0))
    assert site.names() == []


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    host = Folder(tmp_path / "tiada", "https://contoh.go.id/m", looking())
    with pytest.raises(Retryable, match=r"media_folder .*tiada \(tidak ada\)"):
        host.lend(picture(0))
    host.take_back("https://contoh.go.id/m/humasbot-abcdefgh.jpg")


@pytest.mark.parametrize(
    "address",
    ["https://a.id/../rahasia.txt", "https://a.id/humasbot-abcdefgh.php", "https://a.id/foto.jpg", "?", ""],
)
def test_only_files_of_ours_are_ever_removed(host: Folder, site: MediaSite, address: str) -> None:
    for name in ("rahasia.txt", "humasbot-abcdefgh.php", "foto.jpg"):
        (site.folder / name).write_bytes(b"x")
    host.take_back(address)
    assert len(site.names()) == 3
    assert not host.lends(address)


# A crash.


def test_what_a_crash_left_is_swept_after_a_day_and_nothing_else(site: MediaSite) -> None:
    first = Folder(site.folder, site.url, looking())
    left = first.lend(picture(0))
    names = ("humasbot-abcdefgh.jpg", ".humasbot-halfdone", "foto.jpg", "humasbot-.jpg", ".htaccess")
    for name in names:
        (site.folder / name).write_bytes(b"x")
    (site.folder / "humasbot-folderfolder.jpg").mkdir()
    for name in os.listdir(site.folder):
        old = (datetime.now(UTC) - KEEP - timedelta(minutes=1)).timestamp()
        os.utime(site.folder / name, (old, old))
    young = Folder(site.folder, site.url, looking()).lend(picture(1))
    kept = {"foto.jpg", "humasbot-.jpg", ".htaccess", "humasbot-folderfolder.jpg", young.rpartition("/")[2]}
    assert set(site.names()) == kept, "a new process sweeps before it lends"
    assert not first.lends(left)


def test_a_sweep_that_fails_keeps_no_picture_back(
    host: Folder, site: MediaSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "scandir", broken)
    assert host.lends(host.lend(picture(0)))


# The look from outside.


def error_of(host: MediaHost) -> str:
    with pytest.raises(Retryable) as caught:
        host.lend(picture(0))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_address_inside_this_network_is_never_given_away(site: MediaSite) -> None:
    error = error_of(Folder(site.folder, site.url))
    assert "menunjuk ke alamat jaringan dalam" in error
    assert "media_check = off" in error
    assert (site.requests, site.names()) == ([], [])


def test_an_address_that_redirects_is_not_followed(host: Folder, site: MediaSite) -> None:
    site.fault("status", status=302, headers={"Location": "http://10.0.0.1/"})
    assert "dialihkan" in error_of(host)
    assert len(site.requests) == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"kind": "status", "status": 404}, "HTTP 404"),
        ({"kind": "status", "status": 403, "times": 2}, "HTTP 403"),
        ({"kind": "drop"}, "tidak sampai"),
        ({"kind": "late", "seconds": 9.0}, "terlalu lama"),
        ({"kind": "garbage"}, "jenisnya text/html, bukan image/jpeg"),
        ({"kind": "cut"}, "ukurannya lain"),
    ],
)
def test_what_the_platform_would_not_get_is_told(site: MediaSite, fault: dict[str, Any], words: str) -> None:
    host = Folder(site.folder, site.url, Http(guard=True, allow_hosts=["127.0.0.1"], read=0.3))
    site.fault(**fault)
    assert words in error_of(host)
    assert site.names() == [], "a picture that cannot be seen is not left lying there"


def test_a_server_without_head_is_asked_with_get(host: Folder, site: MediaSite) -> None:
    site.fault("status", status=405)
    assert host.lends(host.lend(picture(0)))
    assert [request.method for request in site.requests] == ["HEAD", "GET"]


def test_without_the_look_nothing_is_asked(site: MediaSite) -> None:
    Folder(site.folder, site.url, looking(), check=False).lend(picture(0))
    assert site.requests == []


# Settings.


@pytest.mark.parametrize(
    ("given", "places"),
    [
        ({"media_folder": "/m"}, ["media_url"]),
        ({"media_folder": "/m", "media_url": "http://contoh.go.id"}, ["media_url"]),
        ({"media_check": "ya", "media_folder": "/m", "media_url": "contoh.go.id"}, ["media_check"]),
        ({"s3_endpoint": "s3.id"}, ["s3_bucket", "s3_key", "s3_secret"]),
        ({"s3_bucket": "b", "s3_endpoint": "ftp://x"}, ["s3_key", "s3_secret", "s3_endpoint"]),
        ({"s3_bucket": "b", "media_folder": "/m", "media_url": "a.id"}, ["media_folder"]),
    ],
)
def test_every_fault_of_the_settings_is_named(given: dict[str, str], places: list[str]) -> None:
    problems: list[Problem] = []
    host_from(settings(**given), problems)
    assert [problem.where for problem in problems] == places


def test_the_settings_choose_the_host() -> None:
    problems: list[Problem] = []
    s3 = {"s3_endpoint": "s3.id", "s3_bucket": "b", "s3_key": "k", "s3_secret": "rahasia"}
    assert host_from(settings(), problems) is None
    assert repr(host_from(settings(media_folder="/m", media_url="a.id"), problems)) == (
        "Folder('/m', 'https://a.id')"
    )
    storage = host_from(settings(**s3), problems)
    assert isinstance(storage, Storage)
    assert repr(storage) == "Storage('https://s3.id/b')"
    assert "rahasia" not in repr(vars(storage))
    assert problems == []


# S3's signature, on the examples of its documentation (sig-v4-header-based-auth, sigv4-query-string-auth).

EXAMPLE = Signer("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
DAY = datetime(2013, 5, 24, tzinfo=UTC)
BUCKET = "https://examplebucket.s3.amazonaws.com"


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "signature"),
    [
        (
            "GET",
            "/test.txt",
            {"Range": "bytes=0-9"},
            b"",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT",
            "/test%24file.text",
            {"Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
            b"Welcome to Amazon S3.",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        ("GET", "/?lifecycle", {}, b"", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        (
            "GET",
            "/?max-keys=2&prefix=J",
            {},
            b"",
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ],
)
def test_a_request_is_signed_as_in_the_documentation(
    method: str, path: str, headers: dict[str, str], body: bytes, signature: str
) -> None:
    sent = EXAMPLE.headers(method, BUCKET + path, headers, sha256(body).hexdigest(), DAY)
    assert sent["Authorization"].endswith(f"Signature={signature}")


def test_an_address_is_presigned_as_in_the_documentation() -> None:
    address = EXAMPLE.presigned(f"{BUCKET}/test.txt", timedelta(days=1), DAY)
    signature = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    assert address.endswith(f"&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature={signature}")


def test_the_secret_is_not_in_the_repr() -> None:
    assert "wJalr" not in repr(EXAMPLE) + repr(Media(b"", "image/jpeg", "", 1, 1))

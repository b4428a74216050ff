"""Pictures by hash: what was approved is what is sent, or nothing is."""

import errno
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest

from humasbot.content import Media
from humasbot.errors import HumasbotError, InputError
from humasbot.media import MediaLost, MediaStore
from humasbot.words import reason

PICTURE = b"\xff\xd8\xff" + bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def indonesian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUMASBOT_LANG", raising=False)


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "data" / "media")


def files(store: MediaStore) -> list[Path]:
    return sorted(path for path in store.folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("data", [b"", b"\0", PICTURE])
def test_a_picture_comes_back_byte_for_byte(store: MediaStore, data: bytes) -> None:
    digest = store.put(data)
    assert digest == sha256(data).hexdigest()
    assert store.get(digest) == data
    assert files(store) == [store.path(digest)]


def test_the_same_picture_is_kept_once(store: MediaStore) -> None:
    first = store.put(PICTURE)
    written = store.path(first).stat()
    assert store.put(bytes(PICTURE)) == first
    assert store.path(first).stat().st_ino == written.st_ino
    assert len(files(store)) == 1


def test_a_reference_of_a_variant_loads_the_whole_picture(store: MediaStore) -> None:
    media = Media(PICTURE, "image/jpeg", "Kartu sapaan pagi", 1080, 1350)
    reference = store.keep(media)
    assert set(reference) == {"digest", "mime", "alt", "width", "height"}
    assert store.load(reference) == media
    assert MediaStore(store.folder).load(reference).digest == media.digest


@pytest.mark.parametrize("damage", ["gone", "cut", "changed", "empty", "folder"])
def test_a_damaged_picture_is_lost_and_never_sent(store: MediaStore, damage: str) -> None:
    digest = store.put(PICTURE)
    file = store.path(digest)
    if damage in ("gone", "folder"):
        file.unlink()
    if damage == "folder":
        file.mkdir()
    if damage in ("cut", "changed", "empty"):
        file.write_bytes({"cut": PICTURE[:-1], "changed": PICTURE[:-1] + b"x", "empty": b""}[damage])
    with pytest.raises(MediaLost) as caught:
        store.load({"digest": digest, "mime": "image/jpeg", "alt": "a", "width": 1, "height": 1})
    assert str(caught.value) == (
        f"gambar {digest[:12]} hilang atau rusak di {store.folder}; susun ulang kirimannya"
    )
    assert isinstance(caught.value, HumasbotError)


@pytest.mark.parametrize("left", [b"", PICTURE[:100], PICTURE + b"x"])
def test_composing_again_mends_what_was_damaged(store: MediaStore, left: bytes) -> None:
    digest = store.put(PICTURE)
    store.path(digest).write_bytes(left)
    assert store.put(PICTURE) == digest
    assert store.get(digest) == PICTURE
    assert len(files(store)) == 1


def test_other_users_of_the_mounted_folder_may_read_it(store: MediaStore) -> None:
    assert store.path(store.put(PICTURE)).stat().st_mode & 0o777 == 0o644


def test_file_and_name_are_on_the_disk_before_put_returns(
    store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    sync, replace = os.fsync, Path.replace

    def told(descriptor: int) -> None:
        done.append("sync " + os.readlink(f"/proc/self/fd/{descriptor}"))
        sync(descriptor)

    def renamed(self: Path, target: Path) -> Path:
        done.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", told)
    monkeypatch.setattr(Path, "replace", renamed)
    file = store.path(store.put(PICTURE))
    assert len(done) == 4
    assert done[0].startswith(f"sync {file.parent}/")
    assert done[1:] == ["rename", f"sync {file.parent}", f"sync {store.folder}"]


def test_many_at_once_keep_one_whole_file_each(store: MediaStore) -> None:
    pictures = [PICTURE + bytes([n]) for n in range(5)]
    gate = threading.Barrier(10)

    def work(_: int) -> list[bytes]:
        gate.wait()
        return [store.get(store.put(picture)) for picture in pictures]

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(work, range(10))) == [pictures] * 10
    assert files(store) == sorted(store.path(sha256(picture).hexdigest()) for picture in pictures)


# --- where nothing can be kept ---------------------------------------------------------------------------------


def refused(store: MediaStore, data: bytes = PICTURE) -> str:
    with pytest.raises(InputError) as caught:
        store.put(data)
    assert caught.value.__suppress_context__
    return str(caught.value)


def sentence(store: MediaStore, number: int) -> str:
    return (
        f"gambar tidak dapat disimpan di {store.folder} ({reason(OSError(number, os.strerror(number)))}); "
        "periksa ruang diska dan hak tulis"
    )


def test_a_file_where_the_folder_should_be(store: MediaStore) -> None:
    store.folder.parent.mkdir()
    store.folder.write_text("x")
    assert refused(store) == sentence(store, errno.ENOTDIR)


@contextmanager
def file_size_limit(most: int) -> Iterator[None]:
    """The kernel lets no file of this process grow beyond *most* bytes."""
    import resource
    import signal

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


def test_a_write_that_stops_half_way_leaves_nothing_behind(store: MediaStore) -> None:
    kept = store.put(b"kecil")
    with file_size_limit(4096):
        assert refused(store) == sentence(store, errno.EFBIG)
    assert files(store) == [store.path(kept)]
    assert store.get(kept) == b"kecil"
    store.put(PICTURE)


def test_a_full_disk(store: MediaStore) -> None:
    """On a file system of 64 KiB; mounting one needs the rights for it."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    store.folder.mkdir(parents=True)
    place = os.fsencode(store.folder)
    if libc.mount(b"tmpfs", place, b"tmpfs", 0, b"size=64k"):
        pytest.skip(f"no right to mount a small disk: {os.strerror(ctypes.get_errno())}")
    try:
        kept = store.put(b"kecil")
        assert refused(store, os.urandom(200_000)) == sentence(store, errno.ENOSPC)
        assert files(store) == [store.path(kept)]
        assert store.get(kept) == b"kecil"
    finally:
        libc.umount2(place, 2)

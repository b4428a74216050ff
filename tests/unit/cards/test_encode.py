import gc
import threading
from io import BytesIO
from pathlib import Path

import pytest
from card_helpers import photo
from PIL import Image

from humasbot.cards.encode import encode
from humasbot.cards.photo import open_photo
from humasbot.errors import InputError

BUSY = open_photo(photo("busy"))


@pytest.mark.parametrize("mime", ["image/jpeg", "image/png", "image/webp"])
def test_the_file_is_of_its_type_and_size(mime: str) -> None:
    with Image.open(BytesIO(encode(BUSY, mime, None))) as back:
        assert back.get_format_mimetype() == mime
        assert back.size == BUSY.size


def test_quality_goes_down_to_meet_the_budget() -> None:
    whole = len(encode(BUSY, "image/jpeg", None))
    assert len(encode(BUSY, "image/jpeg", whole * 3 // 4)) <= whole * 3 // 4


def test_a_png_over_budget_is_reduced_to_a_palette() -> None:
    picture = Image.linear_gradient("L").resize(BUSY.size).convert("RGB")
    picture.paste(BUSY.crop((0, 0, 300, 300)), (0, 0))
    whole = len(encode(picture, "image/png", None))
    small = encode(picture, "image/png", whole - 1)
    assert len(small) < whole


def test_an_impossible_budget_is_said_with_numbers() -> None:
    with pytest.raises(InputError, match=r"720×540 .*500 byte"):
        encode(BUSY, "image/jpeg", 500)


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(InputError, match="image/tiff"):
        encode(BUSY, "image/tiff", None)


def test_a_smaller_file_after_a_larger_one_holds_nothing_of_it() -> None:
    encode(BUSY, "image/png", None)
    plain = Image.new("RGB", (64, 64), "white")
    buffer = BytesIO()
    plain.save(buffer, "JPEG", quality=90, subsampling=2)
    assert encode(plain, "image/jpeg", None) == buffer.getvalue()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no /proc to count open files in")
def test_a_thread_that_ends_leaves_no_file_open() -> None:
    def used() -> int:
        return len([link for link in Path("/proc/self/fd").iterdir() if "memfd:card" in _target(link)])

    before = used()
    for _ in range(3):
        threads = [threading.Thread(target=encode, args=(BUSY, "image/jpeg", None)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    gc.collect()
    assert used() == before


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:
        return ""

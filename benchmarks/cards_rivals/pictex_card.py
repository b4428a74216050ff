"""The card by PicTex; prints the CPU milliseconds a card, warm. The job comes as JSON on standard input."""

import json
import sys
import time
from io import BytesIO
from typing import Any

from pictex import Canvas, Column, Image, Row, Text


def draw(job: dict[str, Any], fields: dict[str, str]) -> bytes:
    """One card as JPEG."""
    fonts = job["fonts"]
    headline = (
        Text(fields["headline"])
        .font_family(f"{fonts}/PlusJakartaSans-ExtraBold.ttf")
        .font_size(78)
        .line_height(1.08)
    )
    body = (
        Text(fields["body"])
        .font_family(f"{fonts}/PlusJakartaSans-Regular.ttf")
        .font_size(34)
        .line_height(1.35)
    )
    words = Column(headline.color("white"), body.color("white")).gap(28).size(width=952)
    foot = Row(
        Text("Dinas Komunikasi dan Informatika Kota Contoh").font_size(28).color("white")
        .font_family(f"{fonts}/PlusJakartaSans-ExtraBold.ttf")
    ).background_color("#0b3d91").size(width=1080, height=96).padding(28, 64)  # fmt: skip
    photo = Image(job["photo"]).size(width=1440, height=1080).absolute_position(left=0, top=0)
    page = Column(
        photo, words.absolute_position(left=64, top=500), foot.absolute_position(left=0, top=984),
    ).size(width=1080, height=1080)  # fmt: skip
    picture = Canvas().size(width=1080, height=1080).render(page).to_pillow().convert("RGB")
    buffer = BytesIO()
    picture.crop((0, 0, 1080, 1080)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def main() -> None:
    """Draw the job's cards and say how long one takes."""
    job = json.load(sys.stdin)
    warm = min(5, len(job["cards"]) // 3)
    start = 0.0
    for number, fields in enumerate(job["cards"]):
        if number == warm:
            start = time.process_time()
        draw(job, fields)
    print((time.process_time() - start) / (len(job["cards"]) - warm) * 1000)


if __name__ == "__main__":
    main()

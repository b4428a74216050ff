"""One post as REST gives it: every field as a reader sees it, whatever is missing or of another type."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from humasbot.sources.wordpress_item import item_of

RAW = {
    "id": 269,
    "date": "2026-11-22T10:00:00",
    "date_gmt": "2026-11-22T03:00:00",
    "modified": "2026-11-22T11:00:00",
    "modified_gmt": "2026-11-22T04:00:00",
    "link": "https://dompukab.go.id/berita/panen/?utm_source=rss",
    "title": {"rendered": "Bupati &#8220;Panen Raya&#8221; di Hu&#8217;u &amp; Woja"},
    "content": {
        "rendered": "<p>Dompu &#8211; Isi.</p>\n<p>Lanjut.</p><img src='/isi.jpg'>",
        "protected": False,
    },
    "excerpt": {"rendered": "<p>Dompu &#8211; Isi. [&hellip;]</p>\n"},
    "_embedded": {
        "author": [{"name": "Humas &amp; Protokol"}],
        "wp:featuredmedia": [
            {
                "source_url": "https://dompukab.go.id/up/panen-scaled.jpg",
                "mime_type": "image/jpeg",
                "alt_text": "Bupati memegang padi &amp; tersenyum",
                "caption": {"rendered": "<p>Panen. Foto: Humas Dompu</p>\n"},
                "media_details": {
                    "width": 4000,
                    "height": 3000,
                    "sizes": {
                        "thumbnail": {
                            "width": 150,
                            "height": 150,
                            "source_url": "https://dompukab.go.id/up/t.jpg",
                        },
                        "large": {
                            "width": 1024,
                            "height": 768,
                            "source_url": "https://dompukab.go.id/up/l.jpg",
                        },
                        "1536x1536": {
                            "width": 1536,
                            "height": 1152,
                            "source_url": "https://dompukab.go.id/up/b.jpg",
                        },
                        "square": {
                            "width": 2000,
                            "height": 2000,
                            "source_url": "https://dompukab.go.id/up/s.jpg",
                        },
                    },
                },
            }
        ],
        "wp:term": [
            [
                {"taxonomy": "category", "name": "Pertanian &amp; Pangan", "slug": "pertanian"},
                {"taxonomy": "category", "name": "Uncategorized", "slug": "uncategorized"},
            ],
            [{"taxonomy": "post_tag", "name": "padi", "slug": "padi"}],
        ],
    },
}


def test_a_post_with_everything():
    item = item_of(RAW, "https://dompukab.go.id", UTC)
    assert item.key == "269"
    assert item.url == "https://dompukab.go.id/berita/panen/"
    assert item.title == "Bupati “Panen Raya” di Hu’u & Woja"
    assert item.text == "Dompu – Isi.\n\nLanjut."
    assert item.summary == "Dompu – Isi."
    assert item.published == datetime(2026, 11, 22, 3, tzinfo=UTC)
    assert item.modified == datetime(2026, 11, 22, 4, tzinfo=UTC)
    assert item.author == "Humas & Protokol"
    assert item.categories == ("Pertanian & Pangan",)
    assert item.image_url == "https://dompukab.go.id/up/b.jpg"
    assert item.image_alt == "Bupati memegang padi & tersenyum"
    assert item.image_credit == "Panen. Foto: Humas Dompu"


@pytest.mark.parametrize(
    ("media", "expected"),
    [
        ([{"code": "rest_forbidden"}], "https://dompukab.go.id/isi.jpg"),
        ([], "https://dompukab.go.id/isi.jpg"),
        (None, "https://dompukab.go.id/isi.jpg"),
        ([{"source_url": "https://x/v.mp4", "mime_type": "video/mp4"}], "https://dompukab.go.id/isi.jpg"),
        ([{"source_url": "/up/kecil.png", "mime_type": "image/png"}], "https://dompukab.go.id/up/kecil.png"),
        (
            [{"source_url": "https://x/a.jpg", "media_details": {"width": 9000, "sizes": []}}],
            "https://x/a.jpg",
        ),
        (
            [{"source_url": "https://x/a.jpg", "media_details": {"width": "9", "sizes": {"a": 1}}}],
            "https://x/a.jpg",
        ),
    ],
)
def test_pictures_that_are_odd(media, expected):
    raw = {**RAW, "_embedded": {"wp:featuredmedia": media}}
    assert item_of(raw, "https://dompukab.go.id", UTC).image_url == expected


def test_without_gmt_the_agencys_zone_counts():
    raw = {"id": 1, "date": "2026-11-22T10:00:00", "date_gmt": None}
    item = item_of(raw, "https://x", ZoneInfo("Asia/Makassar"))
    assert item.published == datetime(2026, 11, 22, 2, tzinfo=UTC)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.data())
def test_any_json_in_any_field_gives_an_item(data):
    raw = json.loads(json.dumps(RAW))
    for _ in range(data.draw(st.integers(1, 3))):
        spot = raw
        while True:
            keys = list(spot) if isinstance(spot, dict) else list(range(len(spot)))
            key = data.draw(st.sampled_from([k for k in keys if k != "id"] or ["new"]))
            inner = spot.get(key) if isinstance(spot, dict) else spot[key]
            if isinstance(inner, dict | list) and inner and data.draw(st.booleans()):
                spot = inner
            else:
                spot[key] = data.draw(json_values)
                break
    item = item_of(raw, "https://x.go.id", UTC)
    assert item.digest
    assert item.image_url == "" or item.image_url.startswith("http")

"""Feeds to read, written by hand, and how the tests read them."""

from humasbot.sources.dates import WIB
from humasbot.sources.feed_parse import parse_feed

URL = "https://dompukab.go.id/feed/"


def rss(*items, head=""):
    start = f'<rss version="2.0"><channel><title>Situs</title><link>https://dompukab.go.id</link>{head}'
    return f"{start}{''.join(items)}</channel></rss>"


def entry(title="Judul berita", link="https://dompukab.go.id/berita/1", body="<p>Isi.</p>", extra=""):
    escaped = body.replace("&", "&amp;").replace("<", "&lt;")
    return (
        f"<item><title>{title}</title><link>{link}</link><description>{escaped}</description>{extra}</item>"
    )


def parse(text, **options):
    body = text if isinstance(text, bytes) else text.encode()
    return parse_feed(body, URL, options.pop("zone", WIB), **options)


def only(text, **options):
    (item,) = parse(text, **options).entries
    return item

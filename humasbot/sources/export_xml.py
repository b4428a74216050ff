"""The XML of a WordPress export (WXR) into plain fields, whatever a hostile file tries.

The format as WordPress 6 writes it (Tools → Export): RSS 2.0 with the namespaces ``wp``, ``content``, ``excerpt``,
``dc``. Read without network, without entities and without a DTD, so a file can neither grow nor reach out.
"""

from collections.abc import Iterator
from typing import Any

from humasbot.errors import FetchError
from humasbot.words import t

MOST_POSTS = 20_000
_FIELDS = {
    "id": "post_id",
    "type": "post_type",
    "status": "status",
    "password": "post_password",
    "date": "post_date",
    "date_gmt": "post_date_gmt",
    "modified": "post_modified",
    "modified_gmt": "post_modified_gmt",
    "file": "attachment_url",
    "title": "title",
    "link": "link",
    "guid": "guid",
    "published": "pubDate",
    "author": "creator",
}


def read_posts(raw: bytes, where: str) -> Iterator[dict[str, Any]]:
    """Each ``<item>`` of the export as plain fields; raises :class:`~humasbot.errors.FetchError` if it is none."""
    from lxml import etree  # type: ignore[import-untyped]  # lxml ships no types

    safe = {
        "resolve_entities": False,
        "no_network": True,
        "load_dtd": False,
        "huge_tree": False,
        "recover": True,
    }
    try:
        root = etree.fromstring(raw, etree.XMLParser(remove_comments=True, remove_pis=True, **safe))
    except (etree.LxmlError, ValueError):
        root = None
    if root is None or root.find("channel") is None:
        raise FetchError(
            t(
                "{file}: bukan berkas ekspor WordPress; buat lewat Perkakas → Ekspor",
                "{file}: not a WordPress export; make one with Tools → Export",
                file=where,
            ),
            temporary=False,
        )
    for count, item in enumerate(root.iterfind("channel/item")):
        if count >= MOST_POSTS:
            return
        yield _fields(item)


def _fields(item: Any) -> dict[str, Any]:
    # By local name: the namespace of ``wp`` changes with the version of the export format.
    texts: dict[str, str] = {}
    categories, meta = [], {}
    for child in item:
        space, _, name = child.tag.rpartition("}") if isinstance(child.tag, str) else ("", "", "")
        if name == "category" and child.get("domain", "category") == "category":
            categories.append(child.text or "")
        elif name == "postmeta":
            pair = {
                part.tag.rpartition("}")[2]: part.text or "" for part in child if isinstance(part.tag, str)
            }
            meta[pair.get("meta_key", "")] = pair.get("meta_value", "")
        elif name == "encoded":
            texts["excerpt" if "excerpt" in space else "content"] = child.text or ""
        else:
            texts.setdefault(name, child.text or "")
    fields: dict[str, Any] = {name: texts.get(tag, "").strip() for name, tag in _FIELDS.items()}
    fields |= {
        "content": texts.get("content", ""),
        "excerpt": texts.get("excerpt", ""),
        "categories": categories,
    }
    fields |= {"thumbnail": meta.get("_thumbnail_id", ""), "alt": meta.get("_wp_attachment_image_alt", "")}
    if not fields["file"]:
        fields["file"] = meta.get("_wp_attached_file", "")
    return fields

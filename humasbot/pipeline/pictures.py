"""Pictures whose addresses die within a minute: fetched in the same breath as the item, and kept by their hash.

Seen on api.bandungkab.go.id (facts of 2026-11-22): addresses signed with ``X-Amz-Expires=60``, new at each reading.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select

from humasbot.content import Item
from humasbot.errors import HumasbotError
from humasbot.logs import Quiet
from humasbot.models import Article, Source
from humasbot.net import safe_url
from humasbot.pipeline.office import Office
from humasbot.sources.address import is_presigned
from humasbot.sources.base import Source as Reader

log = Quiet("humasbot.pictures")
AT_ONCE = 30
"""How many pictures one reading fetches at most: what is newer comes first."""


def lasting(url: str) -> str:
    """What may be stored of a picture's address: a signature is of no use a minute later, and no secret of ours."""
    return safe_url(url) if is_presigned(url) else url


def keep_dying(
    office: Office, source: Source, reader: Reader, items: Sequence[Item], fresh: datetime
) -> dict[str, str]:
    """Fetch the pictures of *items* that would be gone later; return the hash of each, by item key.

    Pictures that are kept already, and those of items from before *fresh*, are left alone.
    """
    wanted = [
        item
        for item in items
        if is_presigned(item.image_url) and not (item.published and item.published < fresh)
    ]
    if not wanted:
        return {}
    keys = [item.key for item in wanted]
    with office.database.read() as session:
        query = select(Article.key, Article.image_url).where(
            Article.source_id == source.id, col(Article.key).in_(keys), Article.image_digest != ""
        )
        kept = dict(session.exec(query).all())
    found = {}
    for item in [item for item in wanted if kept.get(item.key) != lasting(item.image_url)][:AT_ONCE]:
        try:
            if data := reader.image(item):
                found[item.key] = office.media.put(data)
        except HumasbotError as error:
            log.warning(
                "no_photo", source=source.name, title=item.title, reason=office.vault.redact(str(error))
            )
    return found

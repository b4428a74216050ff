"""A row that is sound: what it will become."""

from dataclasses import dataclass

from humasbot.models import Variant
from humasbot.pipeline.compose import Matter
from humasbot.pipeline.imports.rows import Row
from humasbot.pipeline.occasions.base import Hold


@dataclass(frozen=True, slots=True)
class Ready:
    """A sound row with its Variants as they would be saved."""

    row: Row
    campaign: str
    matter: Matter
    variants: tuple[Variant, ...]
    priority: int = 0
    stop: Hold | None = None

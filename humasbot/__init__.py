"""humasbot: an office's words, once, on every channel.

``from humasbot import Humasbot`` is the whole library; names are loaded on first use so that importing the package
costs next to nothing and has no side effect.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from humasbot.app import Humasbot

__version__ = "0.1.0"
__all__ = ["Humasbot", "__version__"]


def __getattr__(name: str) -> Any:
    if name == "Humasbot":
        from humasbot.app import Humasbot

        return Humasbot
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

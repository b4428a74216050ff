"""Cards: pictures drawn from declarative templates in an agency's brand.

``from humasbot.cards import Renderer, Brand`` is the whole interface; Pillow is loaded with the first drawing.
How to write a template is in ``docs/CARDS.md``.
"""

from humasbot.cards.brand import Brand
from humasbot.cards.renderer import Renderer
from humasbot.cards.results import Card, CardProblem, Fields, FitError
from humasbot.cards.sizes import SIZES

__all__ = ["SIZES", "Brand", "Card", "CardProblem", "Fields", "FitError", "Renderer"]

"""The one object that draws cards."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from humasbot.cards import encode, finish, ground, layout, pictures
from humasbot.cards.brand import Brand
from humasbot.cards.cache import Bounded, weight_of
from humasbot.cards.ground import Base
from humasbot.cards.inputs import Inputs, alt_text, gather
from humasbot.cards.layout import Drawing
from humasbot.cards.library import Library
from humasbot.cards.nodes import Unit
from humasbot.cards.phrases import parse
from humasbot.cards.pictures import Content
from humasbot.cards.plan import Plan, plan
from humasbot.cards.results import Card, CardProblem, Fields
from humasbot.cards.sizes import name_of
from humasbot.cards.template import Template
from humasbot.errors import InputError, TemplateError
from humasbot.words import t

if TYPE_CHECKING:
    from PIL.Image import Image

# Pictures are kept for all renderers together, so that a fleet of a thousand brands needs no more memory than one.
_bases: Bounded[Base] = Bounded(48_000_000)  # flattened grounds, 4.7 MB each at 1080×1080
MOST_READY = 100
"""Templates made ready for a size that one renderer keeps, about 0.1 MB each; they go when the renderer goes."""
MOST_TEMPLATES = 40


def builtin_folder() -> Path:
    """Where our own templates are: inside the installed package, else beside it (a checkout)."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "content_templates" / "cards"
    return inside if inside.is_dir() else package.parent / "content_templates" / "cards"


class Renderer:
    """Draws cards of one brand from the templates in *folders*; ours are always the last folder.

    A template is read and made ready once per size; call :meth:`reload` after its file changed. Safe to share between
    threads, which draw in parallel.
    """

    def __init__(self, folders: Sequence[Path] = (), brand: Brand | None = None) -> None:
        self.brand = brand or Brand(t("Nama Instansi", "Name of the agency"))
        self.library = Library([Path(f) for f in folders], builtin_folder())
        self.reload()

    def templates(self) -> list[str]:
        """The names of all templates that can be drawn, sorted."""
        return self.library.names()

    def reload(self) -> None:
        """Read the templates anew at the next drawing."""
        self._templates: Bounded[Template] = Bounded(MOST_TEMPLATES)
        self._readies: Bounded[Ready] = Bounded(MOST_READY)

    def template(self, name: str) -> Template:
        """The template *name*, with its faults in ``problems``. TemplateError: there is none of that name."""
        kept = self._templates
        found = kept.get(name)
        if found is None:
            found = self.library.load(name)
            try:
                found.alt_phrase = parse(found.alt)
                if found.alt_phrase.tags:
                    found.fault(
                        "alt", "", t("teks alternatif tidak mengenal <…>", "an alt text knows no <…>")
                    )
            except InputError as error:
                found.fault("alt", "", str(error))
            kept.put(name, found)
        return found

    def check(self, name: str) -> list[CardProblem]:
        """Every fault of the template *name* (or of a file's path), over all sizes and with its examples drawn."""
        from humasbot.cards.check import check

        return check(self, name)

    def draw(
        self,
        name: str,
        fields: Fields,
        size: tuple[int, int] = (1080, 1080),
        photo: bytes | Path | None = None,
        mime: str = "image/jpeg",
        max_bytes: int | None = None,
    ) -> Card:
        """Draw one card of *size* (width, height, px), encoded as *mime* in at most *max_bytes* bytes.

        Raises TemplateError (a fault of the template), FitError (a text too long), InputError (a field or a picture
        that cannot be used).
        """
        image, alt = self.picture(name, fields, size, photo)
        data = encode.encode(image, mime, max_bytes)
        return Card(data, mime, image.width, image.height, alt)

    def picture(
        self,
        name: str,
        fields: Fields,
        size: tuple[int, int] = (1080, 1080),
        photo: bytes | Path | None = None,
    ) -> "tuple[Image, str]":
        """The card as a Pillow picture (RGB), and its alt text; raises as :meth:`draw`, but for the encoding."""
        ready = self.ready(name, size)
        inputs = gather(ready.plan.template, fields, photo, self.brand)
        drawing = ready.lay(inputs)
        content = Content(
            inputs.values,
            inputs.rows,
            inputs.files,
            self.brand,
            ready.plan.colours,
            inputs.digests,
            inputs.focus,
        )
        base, kept = self._base(ready, inputs, drawing, content)
        canvas = base.image.copy() if kept else base.image
        finish.finish(canvas, ready.plan, drawing, base, content)
        return canvas, alt_text(ready.plan.template, inputs)

    def ready(self, name: str, size: tuple[int, int]) -> "Ready":
        """The template *name* made ready for *size*. TemplateError lists its faults."""
        kept = self._readies
        found = kept.get((name, size))
        if found is None:
            name_of(size)
            template = self.template(name)
            logo = pictures.logo_of(self.brand.logo) if self.brand.logo else None
            made = plan(template, size, self.brand, logo.width / logo.height if logo else None)
            if template.problems:
                raise TemplateError("\n".join(str(p) for p in template.problems))
            found = Ready(made, self.brand)
            kept.put((name, size), found)
        return found

    def _base(self, ready: "Ready", inputs: Inputs, drawing: Drawing, content: Content) -> tuple[Base, bool]:
        """The flattened ground, and whether it is kept (and so must not be drawn on)."""
        zones = (*ready.fixed.zones, *drawing.zones) if ready.scrims else ()
        shown = tuple(layer.name for layer in ready.plan.ground if layer.shown(inputs.values))
        digests = tuple(sorted(inputs.digests.items()))
        key = (self.brand.digest, ready.plan.template.digest, ready.plan.size, shown, zones, digests)
        found = _bases.get(key)
        if found is not None:
            return found, True
        found = ground.build(ready.plan, content, zones)
        finish.finish(found.image, ready.plan, ready.fixed, found, content)
        if not _bases.worth(key):
            return found, False
        _bases.put(key, found, weight_of(found.image))
        return found, True


class Ready:
    """A plan with what is the same on every card of it laid out already."""

    def __init__(self, made: Plan, brand: Brand) -> None:
        self.plan = made
        self.logo = brand.logo is not None
        self.scrims = any(layer.kind == "scrim" for layer in made.ground)
        fixed = [unit for unit in made.units if unit.root.fixed]
        self.moving: list[Unit] = [unit for unit in made.units if not unit.root.fixed]
        words = {k: v for k, v in brand.words.items() if v}
        self.fixed = layout.lay(made, fixed, words, {}, self.logo)

    def lay(self, inputs: Inputs) -> Drawing:
        """Every other text fitted and every member placed. Raises as :func:`layout.lay`."""
        return layout.lay(self.plan, self.moving, inputs.values, inputs.rows, self.logo, self.fixed)

"""Finding every fault of a template before anyone needs it: read, planned in each size, and drawn with its examples."""

from typing import TYPE_CHECKING

from humasbot.cards.inputs import ALWAYS
from humasbot.cards.plan import plan
from humasbot.cards.results import CardProblem, Fields, FieldValue, FitError
from humasbot.cards.shaping import MissingGlyph
from humasbot.cards.sizes import SIZES
from humasbot.cards.template import Template
from humasbot.errors import HumasbotError
from humasbot.words import t

if TYPE_CHECKING:
    from humasbot.cards.renderer import Renderer


def examples(template: Template, *, only_required: bool = False) -> Fields:
    """The example of each field that has one (required ones must); pictures are left out."""
    found: dict[str, FieldValue] = {}
    for name, field in template.fields.items():
        if field.kind == "picture" or (only_required and not field.required):
            continue
        if field.example is not None:
            found[name] = field.example
    return found


def check(renderer: "Renderer", name: str) -> list[CardProblem]:
    """All faults of the template *name*, each with file, line, layer and what to do; empty: none."""
    template = renderer.library.load(name)
    renderer.reload()
    template = renderer.template(name)
    for size in SIZES.values():
        plan(template, size, renderer.brand, 1.0)
    _fields(template)
    if template.problems:
        return list(template.problems)
    return _trials(renderer, name, template)


def _trials(renderer: "Renderer", name: str, template: Template) -> list[CardProblem]:
    """What goes wrong when the examples are drawn: all fields and the required ones, with a photo and without; each
    fault once, with the sizes that have it."""
    found: dict[str, tuple[HumasbotError, list[str]]] = {}
    photos = (None, sample_photo()) if shows_photo(template) else (None,)
    for fields in (examples(template), examples(template, only_required=True)):
        for photo in photos:
            for label, size in SIZES.items():
                try:
                    renderer.picture(name, fields, size, photo)
                except HumasbotError as error:
                    told = str(error).replace(f"{size[0]}×{size[1]}", "")
                    labels = found.setdefault(told, (error, []))[1]
                    if label not in labels:
                        labels.append(label)
    return [_told(template, error, labels) for error, labels in found.values()]


def _told(template: Template, error: HumasbotError, labels: list[str]) -> CardProblem:
    """*error* as a fault at the field or layer that it comes from, where that can be said."""
    message = str(error)
    if len(labels) < len(SIZES):
        message = t("ukuran {s}: {e}", "size {s}: {e}", s=", ".join(labels), e=error)
    file, line, layer = str(template.path), 0, ""
    name = error.field if isinstance(error, FitError) else ""
    if isinstance(error, MissingGlyph):
        holds = error.text[:1]
        texts = {n: str(lay.keys.get("text", "")) for n, lay in template.layers.items()}
        layer = next((n for n, text in texts.items() if holds in text), "")
        name = next((n for n, f in template.fields.items() if holds in f"{f.example}{f.default}"), "")
    if layer:
        places = template.layers[layer].places
        file, line = places.get("text") or places[""]
    elif f"fields.{name}" in template.places:
        file, line = template.places[f"fields.{name}"]
    return CardProblem(file, line, layer, message)


def _fields(template: Template) -> None:
    for name, field in template.fields.items():
        if field.example is None and field.kind != "picture":
            template.fault(
                f"fields.{name}", "",
                t(
                    'isian "{n}" belum punya example, sehingga tidak dapat dicoba',
                    'the field "{n}" has no example, so it cannot be tried',
                    n=name,
                ),
            )  # fmt: skip
    known = {*template.fields, *ALWAYS}
    if template.alt_phrase is not None:
        for name in sorted(template.alt_phrase.names):
            if name not in known and not name.startswith("brand."):
                template.fault("alt", "", t('tidak ada isian "{x}"', 'there is no field "{x}"', x=name))


def shows_photo(template: Template) -> bool:
    """Whether the template has a place for the photo that a caller may give."""
    return any(
        layer.type == "photo" and layer.keys.get("field", "photo") == "photo"
        for layer in template.layers.values()
    )


def sample_photo() -> bytes:
    """A busy made-up photo with bright and dark places, for trying templates."""
    from PIL import Image, ImageFilter

    from humasbot.cards.encode import write

    sky = Image.linear_gradient("L").resize((1620, 1215)).point(lambda v: 255 - v)
    noise = Image.effect_noise((405, 304), 90).resize((1620, 1215)).filter(ImageFilter.GaussianBlur(9))
    return write(
        Image.merge("RGB", (Image.blend(sky, noise, 0.4), Image.blend(sky, noise, 0.3), sky)),
        "JPEG",
        quality=88,
    )

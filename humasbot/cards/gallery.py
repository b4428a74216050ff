"""One page that shows every template in every size with the office's brand."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from humasbot.cards.check import examples, sample_photo, shows_photo
from humasbot.cards.sizes import SIZES
from humasbot.errors import HumasbotError
from humasbot.words import language, t

if TYPE_CHECKING:
    from humasbot.cards.renderer import Renderer

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f3f4f6;color:#14181f}
header,section{max-width:1240px;margin:0 auto;padding:24px}
h1{margin:0 0 4px}h2{margin:0}p{margin:4px 0 16px;color:#4a5261}
.row{display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start}
figure{margin:0}figure img{display:block;height:300px;width:auto;border-radius:6px;box-shadow:0 1px 6px #0003}
figcaption{font-size:13px;color:#4a5261;margin-top:4px}.fault{color:#9b1c1c;white-space:pre-wrap}
"""


def write_gallery(renderer: "Renderer", out_dir: Path, names: Sequence[str] | None = None) -> Path:
    """Draw *names* (all templates where ``None``) in every size into *out_dir*; returns the page ``index.html``.

    A template that cannot be drawn is shown with its faults instead of its picture.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    sample = sample_photo()
    wanted = names if names is not None else renderer.templates()
    sections = [_section(renderer, out_dir, name, sample) for name in wanted]
    title = t("Galeri kartu {b}", "Cards of {b}", b=renderer.brand.name)
    notes = "".join(f'<p class="fault">{escape(note.message)}</p>' for note in renderer.brand.problems())
    page = (
        f'<!doctype html><html lang="{language()}"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
        f"<header><h1>{escape(title)}</h1>{notes}</header>{''.join(sections)}</html>\n"
    )
    index = out_dir / "index.html"
    index.write_text(page, encoding="utf-8")
    return index


def _section(renderer: "Renderer", out_dir: Path, name: str, sample: bytes) -> str:
    figures: list[str] = []
    try:
        template = renderer.template(name)
    except HumasbotError as error:
        return f'<section><h2>{escape(name)}</h2><p class="fault">{escape(str(error))}</p></section>'
    with_photo = (None, sample) if shows_photo(template) else (None,)
    for photo in with_photo:
        for label, size in SIZES.items():
            try:
                card = renderer.draw(name, examples(template), size, photo)
            except HumasbotError as error:
                figures.append(f'<p class="fault">{escape(f"{label}: {error}")}</p>')
                continue
            file = f"{name}-{label}{'-photo' if photo else ''}{card.suffix}"
            (out_dir / file).write_bytes(card.data)
            figures.append(
                f'<figure><img src="{escape(file)}" alt="{escape(card.alt)}" width="{size[0]}" height="{size[1]}" '
                f'loading="lazy"><figcaption>{label} {size[0]}×{size[1]}, {len(card.data) // 1000} kB</figcaption>'
                "</figure>"
            )
    return (
        f"<section><h2>{escape(name)}</h2><p>{escape(template.title)}. {escape(template.about)}</p>"
        f'<div class="row">{"".join(figures)}</div></section>'
    )

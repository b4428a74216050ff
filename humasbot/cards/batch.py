"""Many cards at once: one a row, on every core; a bad row is named and the rest are drawn."""

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from humasbot.cards.brand import Brand
from humasbot.cards.results import CardProblem
from humasbot.errors import HumasbotError
from humasbot.words import t

if TYPE_CHECKING:
    from humasbot.cards.renderer import Renderer

Outcome = tuple[int, Path | CardProblem]
THREADS = 2  # beyond this many workers processes are used: layout and text hold the interpreter's lock
AHEAD = 16  # rows under way per worker, so that a long file is never held whole
_local: dict[str, Any] = {}


def draw_batch(
    renderer: "Renderer",
    template: str,
    rows: Iterable[Mapping[str, Any]],
    out_dir: Path,
    workers: int | None = None,
    *,
    size: tuple[int, int] = (1080, 1080),
    mime: str = "image/jpeg",
    max_bytes: int | None = None,
) -> Iterator[Outcome]:
    """Draw one card a row into *out_dir*; yields (row number from 1, the file or the problem), in the rows' order.

    Files are named by the row's column ``file`` if it has one, else ``TEMPLATE-00001.jpg``; a column ``photo`` names a
    picture file. The text read aloud is written beside each card as ``.txt``. *workers*: default one per core.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    count = max(1, workers or os.cpu_count() or 1)
    job = (template, str(out_dir), size, mime, max_bytes)
    names: dict[str, int] = {}
    with _pool(renderer, count) as pool:
        waiting: list[tuple[int, Future[Path | CardProblem]]] = []
        for number, row in enumerate(rows, 1):
            twin = names.setdefault(_stem(row), number) if row.get("file") else number
            if twin != number:
                waiting.append((number, _same_name(row, number, twin)))
            else:
                waiting.append((number, _submit(pool, renderer, count, number, dict(row), job)))
            if len(waiting) >= count * AHEAD:
                for done, future in waiting[:count]:
                    yield done, future.result()
                del waiting[:count]
        for done, future in waiting:
            yield done, future.result()


def _stem(row: Mapping[str, Any]) -> str:
    """The name of the row's file without its ending, as the row gives it; ``""`` where it gives none."""
    return Path(str(row.get("file") or "")).name.rsplit(".", 1)[0]


def _same_name(row: Mapping[str, Any], number: int, twin: int) -> "Future[Path | CardProblem]":
    """The problem of a row whose file an earlier row has already: one card must not overwrite another unseen."""
    message = t(
        'nama berkas "{f}" sudah dipakai baris {n}',
        'the file name "{f}" is that of row {n}',
        f=row["file"],
        n=twin,
    )
    problem: Future[Path | CardProblem] = Future()
    problem.set_result(CardProblem(t("baris", "row"), number, "", message))
    return problem


def _pool(renderer: "Renderer", count: int) -> Executor:
    if count <= THREADS:
        return ThreadPoolExecutor(count)
    folders = [str(f) for f in islice(renderer.library.folders, len(renderer.library.folders) - 1)]
    return ProcessPoolExecutor(
        count, get_context("spawn"), initializer=_start, initargs=(folders, renderer.brand)
    )


def _submit(
    pool: Executor, renderer: "Renderer", count: int, number: int, row: dict[str, Any], job: tuple[Any, ...]
) -> "Future[Path | CardProblem]":
    if count <= THREADS:
        return pool.submit(_draw, renderer, number, row, job)
    return pool.submit(_draw_here, number, row, job)


def _start(folders: list[str], brand: Brand) -> None:
    from humasbot.cards.renderer import Renderer

    _local["renderer"] = Renderer([Path(f) for f in folders], brand)


def _draw_here(number: int, row: dict[str, Any], job: tuple[Any, ...]) -> Path | CardProblem:
    return _draw(_local["renderer"], number, row, job)


def _draw(renderer: "Renderer", number: int, row: dict[str, Any], job: tuple[Any, ...]) -> Path | CardProblem:
    template, out_dir, size, mime, max_bytes = job
    row = {k: v for k, v in row.items() if k and v not in ("", None)}
    wanted = _stem(row)
    row.pop("file", None)
    photo = row.pop("photo", None)
    try:
        card = renderer.draw(template, row, size, Path(str(photo)) if photo else None, mime, max_bytes)
    except HumasbotError as error:
        return CardProblem(t("baris", "row"), number, "", str(error))
    stem = wanted or f"{template.replace('/', '-')}-{number:05d}"
    path = Path(out_dir) / f"{stem}{card.suffix}"
    path.write_bytes(card.data)
    path.with_suffix(".txt").write_text(card.alt + "\n", encoding="utf-8")
    return path

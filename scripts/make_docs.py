"""Write those parts of the documentation that the code itself can tell; ``--check`` only says whether they are true.

Each part stands between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``; everything around it is written by hand.
"""

import argparse
import ast
import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from humasbot import states
from humasbot.config import General, duration
from humasbot.content import Receipt
from humasbot.errors import AuthExpired, ConfigError, RateLimited, Rejected, Retryable, Uncertain, Unsupported
from humasbot.pipeline.office import FROM_AGENCY
from humasbot.platforms.base import Publisher, Setting
from humasbot.platforms.describe import describe
from humasbot.platforms.registry import platform, platforms
from humasbot.sources.registry import OURS, source_kind

ROOT = Path(__file__).parent.parent
PROOFS = {
    "real server": "a real server: published, read back, compared",
    "third-party emulator": "an emulator written by others",
    "official contract": "the platform's own machine-readable contract",
    "documentation": "a stand-in built from the platform's documentation",
}
FOLDER_PROOF = "the real thing: files on a disk, read back as browsers and feed readers do"
ABILITIES = {
    "verify": "check the login",
    "find_existing": "find its own post again",
    "metrics": "figures",
    "delete": "take back",
    "edit": "edit",
    "reply": "reply to itself",
    "allowances": "tell its quota",
}


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def length(time: timedelta) -> str:
    """A length of time as a person says it."""
    seconds = round(time.total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


# Platforms and sources.


def ours() -> list[dict[str, Any]]:
    """The platforms that humasbot itself brings, as plain data; a plugin of the reader's machine is left out."""
    names = {name for name, entry in platforms().items() if entry.owners == ("humasbot",)}
    return [row for row in describe() if row["name"] in names]


def _proof(cls: type[Publisher]) -> str:
    if any(setting.path and setting.required for setting in cls.settings):
        return FOLDER_PROOF
    return PROOFS[cls.proof]


def _tests(name: str, up: str) -> str:
    """Links to the tests about a platform, seen from a page that lies *up* from the root."""
    found = sorted((ROOT / "tests").glob(f"platforms/test_{name}.py"))
    found += sorted((ROOT / "tests" / "live").glob(f"test_{name}_*.py"))
    return ", ".join(f"[{file.stem}]({up}{file.relative_to(ROOT).as_posix()})" for file in found)


def _pictures(row: dict[str, Any]) -> str:
    return f"{row['max_media']}, each ≤ {row['max_media_bytes'] / 1e6:.3g} MB"


def _shape(row: dict[str, Any]) -> str:
    parts = []
    if row["widths"]:
        parts.append("{}–{} pixels wide".format(*row["widths"]))
    if row["ratios"]:
        parts.append("width ÷ height {:g}–{:g}".format(*row["ratios"]))
    return "".join(f"; {part}" for part in parts)


def _text(row: dict[str, Any]) -> str:
    return f"{row['max_text']:,}" + (f" and {row['max_bytes']:,} bytes" if row["max_bytes"] else "")


def matrix(up: str) -> str:
    """Platform × feature × proof."""
    heads = ("Platform", "Text", "Pictures", "Alt text", *ABILITIES.values(), "Proved on")
    rows = [
        (
            row["title"],
            _text(row),
            _pictures(row),
            f"{row['max_alt']:,}",
            *("yes" if method in row["can"] else "–" for method in ABILITIES),
            "; ".join(filter(None, (_proof(platform(row["name"])), _tests(row["name"], up)))),
        )
        for row in ours()
    ]
    return table(heads, rows)


def platform_pages() -> str:
    """Every platform's limits with their source and day, and its settings."""
    parts = []
    for row in ours():
        limits = table(
            ("Limit", "Value"),
            (
                ("text", _text(row)),
                ("pictures", f"{_pictures(row)}; {', '.join(row['media_types'])}{_shape(row)}"),
                ("alt text", f"{row['max_alt']:,} characters"),
                ("card", "×".join(map(str, row["card_size"]))),
                ("as of", f"{row['as_of']}, {row['source']}"),
            ),
        )
        settings = table(
            ("Setting", "", "Default", "What it is"),
            (
                (f"`{s.name}`", _kind(s.required, s.secret), _default(s), s.english)
                for s in platform(row["name"]).settings
            ),
        )
        parts.append(f'## {row["title"]}: `platform = "{row["name"]}"`\n\n{limits}\n\n{settings}')
    return "\n\n".join(parts)


def _default(setting: Setting) -> str:
    if setting.name in FROM_AGENCY:
        return f"`{FROM_AGENCY[setting.name]}` of `[agency]`"
    return f"`{setting.default}`" if setting.default else ""


def _kind(required: bool, secret: bool = False) -> str:
    return ("required" if required else "optional") + (", secret" if secret else "")


def sources() -> str:
    """Every kind of source and its settings."""
    rows = []
    for kind in OURS:
        for option in source_kind(kind).settings:
            default = f"`{option.default}`" if option.default else ""
            rows.append((f"`{kind}`", f"`{option.name}`", _kind(option.required), default, option.english))
    return table(("Kind", "Setting", "", "Default", "What it is"), rows)


# The house.


def layers() -> list[list[str]]:
    """The floors of import-linter's contract, from the roof down: the modules of each."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (contract,) = [each for each in contracts if each["type"] == "layers"]
    return [re.split(r"\s*[|:]\s*", line) for line in contract["layers"]]


def purpose(module: str) -> str:
    """The first sentence of a module's docstring."""
    path = ROOT / "humasbot" / module
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    words = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    first = " ".join(words.split("\n\n")[0].split())
    first = re.sub(r":\w+:`~?(?:[\w.]+\.)?(\w+)`", r"`\1`", first).replace("``", "`")
    return re.split(r"(?<=[a-z`)])\.(?=\s|$)", first)[0].rstrip(".")


def floors() -> str:
    """The floors, from the roof down, each room with what it says of itself."""
    rows = []
    for number, modules in zip(range(len(layers()) - 1, -1, -1), layers(), strict=True):
        rows += [(str(number), f"`{name}`", purpose(name)) for name in modules]
    return table(("Floor", "Room", "What is in it"), rows)


# The states.


def attempts() -> str:
    """What follows each outcome of a call of ``publish()``."""
    most = states.MAX_ATTEMPTS
    outcomes: list[tuple[str, Receipt | BaseException, int]] = [
        ("`Receipt`", Receipt("1", ""), 1),
        ("`Rejected`", Rejected(""), 1),
        ("`RateLimited`", RateLimited(""), 1),
        ("`AuthExpired`", AuthExpired(""), 1),
        (f"`Retryable`, attempts 1 to {most - 1}", Retryable(""), 1),
        (f"`Retryable`, attempt {most}", Retryable(""), most),
        ("`Uncertain`", Uncertain(""), 1),
        ("any other exception", RuntimeError(), 1),
    ]
    rows = [(name, *_told(states.after_attempt, outcome, number)) for name, outcome, number in outcomes]
    rows.append(
        ("no answer while the lease lasts", *_told(lambda *_: states.unanswered(1), RuntimeError(), 1))
    )
    rows.append(("not called: settings or secret of no use", *_told(states.before_call, ConfigError(""), 1)))
    rows.append(("not called: any other fault", *_told(states.before_call, RuntimeError(), 1)))
    return table(("`publish()` ended with", "Next state", "Again", "Counts", "Besides"), rows)


Follows = Callable[[Any, int], states.Decision]


def _told(follows: Follows, outcome: object, number: int) -> tuple[str, str, str, str]:
    with patch("random.uniform", max):
        decision = follows(outcome, number)
        longest = follows(outcome, states.MAX_ATTEMPTS - 1).delay
    again = ""
    if decision.pause:
        again = "when a person resumes the account"
    elif decision.state == "queued":
        again = f"after {length(decision.delay)}"
        if longest != decision.delay:
            again += f", doubling to {length(longest)}, up to a quarter less"
        again += "; longer if the platform asks" if decision.hold is None else ", or as the platform asks"
    elif decision.state == "uncertain":
        again = "a look, at once"
    return decision.state, again, "yes" if decision.counts else "no", _besides(decision)


def _besides(decision: states.Decision) -> str:
    found = []
    if decision.hold:
        found.append("the whole account waits")
    if decision.pause:
        found.append("the account pauses")
    if decision.person:
        found.append("a person is asked")
    return ", ".join(found)


def looks() -> str:
    """What follows each outcome of a look for an uncertain Delivery."""
    general = General()
    settle, give_up = duration(general.settle), duration(general.give_up)
    outcomes: list[tuple[str, Receipt | BaseException | None, timedelta, int]] = [
        ("found", Receipt("1", ""), timedelta(0), 1),
        (f"surely absent, within `settle` ({length(settle)})", None, timedelta(0), 1),
        ("surely absent, after `settle`", None, settle, 1),
        (f"surely absent, after {states.MAX_RESENDS} attempts", None, settle, states.MAX_RESENDS),
        ("cannot tell or cannot be asked", Uncertain(""), timedelta(0), 1),
        (f"the same, after `give_up` ({length(give_up)})", Uncertain(""), give_up, 1),
        ("`AuthExpired`", AuthExpired(""), timedelta(0), 1),
        ("the platform cannot look", Unsupported(""), timedelta(0), 1),
    ]
    rows = []
    for name, outcome, age, number in outcomes:
        decision = states.after_look(
            outcome, looks=1, age=age, settle=settle, give_up=give_up, attempts=number
        )
        again = f"after {length(decision.delay)}" if decision.state == "uncertain" else ""
        rows.append((name, decision.state, again, _besides(decision)))
    return table(("The look says", "Next state", "Next look", "Besides"), rows)


# The pages.

PARTS: dict[str, dict[str, Callable[[], str]]] = {
    "README.md": {"platforms": lambda: matrix("")},
    "docs/platforms.md": {"platforms": lambda: matrix("../"), "settings": platform_pages},
    "docs/configuration.md": {"sources": sources},
    "docs/DESIGN.md": {"floors": floors, "attempts": attempts, "looks": looks},
}


def filled(text: str, parts: dict[str, Callable[[], str]]) -> str:
    """*text* with every part written anew. Raises ``ValueError`` when a part has no place."""
    for name, part in parts.items():
        place = re.compile(rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
        pieces = place.split(text)
        if len(pieces) != 4:
            raise ValueError(f"<!-- begin {name} --> … <!-- end {name} --> must stand there exactly once")
        before, begin, end, after = pieces
        text = f"{before}{begin}\n{part()}\n\n{end}{after}"
    return text


def stale() -> dict[Path, str]:
    """The pages that no longer say what the code says, and what they should be."""
    before = os.environ.get("HUMASBOT_LANG")
    os.environ["HUMASBOT_LANG"] = "en"
    try:
        pages = {ROOT / name: parts for name, parts in PARTS.items()}
        texts = {page: page.read_text(encoding="utf-8") for page in pages}
        wanted = {page: filled(texts[page], parts) for page, parts in pages.items()}
        return {page: text for page, text in wanted.items() if text != texts[page]}
    finally:
        if before is None:
            del os.environ["HUMASBOT_LANG"]
        else:
            os.environ["HUMASBOT_LANG"] = before


def main() -> None:
    """Write, or with ``--check`` only look."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 if a page is not what the code says")
    check = parser.parse_args().check
    found = stale()
    for page, text in found.items():
        print(f"{page.relative_to(ROOT)}: {'is not what the code says' if check else 'written'}")
        if not check:
            page.write_text(text, encoding="utf-8")
    if check and found:
        sys.exit("run: python scripts/make_docs.py")


if __name__ == "__main__":
    main()

"""Text templates: Jinja2 in its sandbox, every variable strict, a fault named by file, line and variable.

A template is a file ``text/NAME.j2`` of three blocks: ``head`` (shortened last), ``body`` (shortened first) and
``tail`` (the link and the sign-off: never shortened). A block ``card_FIELD`` gives the field of that name to the card,
``card_CARD_FIELD`` to the card of that name only.
``NAME.PLATFORM.j2`` or ``NAME.ACCOUNT.j2`` stands before ``NAME.j2``. The user's folder stands before ours, and ours is
always there under ``builtin/``. What a website says is data, never a template.
"""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from humasbot import indonesian
from humasbot.errors import InputError, NotFoundError, Problem, TemplateError
from humasbot.platforms.text import cut, sentences
from humasbot.reading.summary import summarise
from humasbot.words import reason, t

if TYPE_CHECKING:
    import jinja2

BLOCKS = ("head", "body", "tail")
MAX_OUTPUT = 200_000


@dataclass(frozen=True, slots=True)
class Rendered:
    """A template with its places filled: the three parts of the text, and the fields of the card."""

    head: str
    body: str
    tail: str
    card: Mapping[str, str] = field(default_factory=dict)


def builtin_folder() -> Path:
    """Where our own templates are: inside the installed package, else beside it in a checkout."""
    inside = Path(__file__).parent / "content_templates"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "content_templates"


class Templates:
    """The text templates of an office. *folders* are its own, looked at in order before ours."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self.folders = (*folders, builtin_folder())
        self._environment = _environment(self.folders)

    def names(self) -> dict[str, Path]:
        """Every template's name and the file that gives it, the office's own before ours."""
        found: dict[str, Path] = {}
        for folder in self.folders:
            for file in sorted((folder / "text").glob("*.j2")):
                found.setdefault(file.name.removesuffix(".j2"), file)
        return {
            name: file
            for name, file in sorted(found.items())
            if "." not in name or name.partition(".")[0] in found
        }

    def render(
        self, name: str, context: Mapping[str, Any], *, platform: str = "", account: str = ""
    ) -> Rendered:
        """Fill the template *name* for an account of a platform.

        Raises :class:`~humasbot.errors.TemplateError` naming file, line and variable.
        """
        template = self._find(name, platform, account)
        filled = template.new_context(dict(context))
        whole = self._guarded(template, partial(template.root_render_func, filled))
        # The blocks are filled after the whole, so that they see what the template sets at its top.
        parts = {
            block: self._guarded(template, partial(functions[0], filled))
            for block, functions in filled.blocks.items()
        }
        card = {
            block.removeprefix("card_"): text for block, text in parts.items() if block.startswith("card_")
        }
        if not any(block in parts for block in BLOCKS):
            return Rendered("", whole, "", card)
        return Rendered(parts.get("head", ""), parts.get("body", ""), parts.get("tail", ""), card)

    def writes_plainly(self, name: str, variable: str, platform: str, account: str) -> bool:
        """Whether the template writes every ``variable.field`` as it is, and does nothing else with *variable*."""
        from jinja2 import nodes

        todo, seen = [self._find(name, platform, account).name or ""], set[str]()
        while todo:
            part = todo.pop()
            if part in seen or self._environment.loader is None:
                continue
            seen.add(part)
            tree = self._environment.parse(self._environment.loader.get_source(self._environment, part)[0])
            uses = sum(node.name == variable for node in tree.find_all(nodes.Name))
            plain = sum(
                isinstance(node, nodes.Getattr)
                and isinstance(node.node, nodes.Name)
                and node.node.name == variable
                for output in tree.find_all(nodes.Output)
                for node in output.nodes
            )
            if uses != plain or tree.find(nodes.Macro) is not None:
                return False
            if tree.find(nodes.Import) is not None or tree.find(nodes.FromImport) is not None:
                return False
            for kind in (nodes.Extends, nodes.Include):
                for node in tree.find_all(kind):
                    other = getattr(node, "template", None)
                    if not isinstance(other, nodes.Const):
                        return False
                    todo.append(str(other.value))
        return True

    def check(self, name: str) -> list[Problem]:
        """The faults of a template and its variants that show without filling it: missing, unreadable, wrong syntax."""
        problems = []
        for each in (name, *(key for key in self.names() if key.startswith(f"{name}."))):
            try:
                self._find(each, "", "")
            except (TemplateError, NotFoundError) as error:
                problems.append(Problem(each, str(error)))
        return problems

    def texts(self, name: str) -> dict[str, str]:
        """The text of a template, of its variants and of every part they are made of, by the parts' names.

        Raises :class:`~humasbot.errors.TemplateError` or :class:`~humasbot.errors.NotFoundError`.
        """
        from jinja2 import meta

        todo = [self._find(each, "", "").name or "" for each in (name, *self._variants(name))]
        found: dict[str, str] = {}
        while todo and self._environment.loader is not None:
            part = todo.pop()
            if part not in found:
                found[part] = self._environment.loader.get_source(self._environment, part)[0]
                named = meta.find_referenced_templates(self._environment.parse(found[part]))
                todo += [each for each in named if each]
        return found

    def _variants(self, name: str) -> list[str]:
        return [key for key in self.names() if key.startswith(f"{name}.")]

    def copy(self, name: str, folder: Path) -> list[Path]:
        """Copy ours of that name, with its variants, into *folder* to be changed there; never overwrites."""
        ours = {file.name.removesuffix(".j2"): file for file in (builtin_folder() / "text").glob("*.j2")}
        if name not in ours:
            raise NotFoundError(
                t("tidak ada templat bawaan {n}; yang ada: {all}",
                  "there is no built-in template {n}; there are: {all}", n=name, all=", ".join(sorted(ours)))
            )  # fmt: skip
        files = {
            folder / "text" / file.name: file.read_bytes()
            for key, file in sorted(ours.items())
            if key == name or key.startswith(f"{name}.")
        }
        if there := [str(target) for target in files if os.path.lexists(target)]:
            raise InputError(
                t("{f} sudah ada; hapus atau ganti namanya dahulu", "{f} exists; remove or rename it first",
                  f=", ".join(there))
            )  # fmt: skip
        begun: list[Path] = []
        try:
            (folder / "text").mkdir(parents=True, exist_ok=True)
            for target, data in files.items():
                with target.open("xb") as file:
                    begun.append(target)
                    file.write(data)
        except OSError as error:
            for target in begun:  # half a template would win over ours from now on
                target.unlink(missing_ok=True)
            raise InputError(
                t("templat tidak dapat disalin ke {f} ({why})", "the template cannot be copied to {f} ({why})",
                  f=folder, why=reason(error))
            ) from None  # fmt: skip
        return list(files)

    def _find(self, name: str, platform: str, account: str) -> "jinja2.Template":
        import jinja2

        wanted = [f"text/{name}.{part}.j2" for part in (account, platform) if part] + [f"text/{name}.j2"]
        if name.startswith("builtin/"):
            wanted = ["builtin/" + path.replace("builtin/", "") for path in wanted]
        try:
            return self._environment.select_template(wanted)
        except jinja2.TemplateSyntaxError as error:
            raise _fault(error.filename or name, error.lineno, _syntax(error)) from None
        except jinja2.TemplatesNotFound:
            raise NotFoundError(
                t("tidak ada templat {n}; yang ada: {all}", "there is no template {n}; there are: {all}", n=name,
                  all=", ".join(self.names()))
            ) from None  # fmt: skip

    def _guarded(self, template: "jinja2.Template", pieces: Callable[[], Iterable[str]]) -> str:
        import jinja2

        try:
            return tidy(_joined(pieces()))
        except TemplateError:
            raise
        except jinja2.UndefinedError as error:
            raise _fault(*_place(error, template.filename), _undefined(str(error.message))) from None
        except jinja2.TemplateSyntaxError as error:  # of another file, which this one includes or extends
            raise _fault(error.filename, error.lineno, _syntax(error)) from None
        except jinja2.TemplateNotFound as error:
            missing = t("berkas {n} tidak ada", "there is no file {n}", n=error.name)
            raise _fault(*_place(error, template.filename), missing) from None
        except RecursionError:
            endless = t(
                "berkas ini memuat dirinya sendiri tanpa akhir", "this file includes itself without end"
            )
            raise _fault(template.filename, None, endless) from None
        except jinja2.TemplateError as error:
            raise _fault(*_place(error, template.filename), str(error.message)) from None
        except Exception as error:  # noqa: BLE001 - a template may do anything wrong; the person needs file and line
            raise _fault(*_place(error, template.filename), f"{type(error).__name__}: {error}") from None


def _environment(folders: Sequence[Path]) -> "jinja2.Environment":
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Files(jinja2.FileSystemLoader):
        def get_source(self, environment: jinja2.Environment, template: str) -> Any:
            try:
                return super().get_source(environment, template)
            except UnicodeDecodeError:
                why = t("harus disimpan sebagai UTF-8", "must be saved as UTF-8")
            except OSError as error:
                if isinstance(error, jinja2.TemplateNotFound):
                    raise
                why = t("tidak terbaca ({why})", "cannot be read ({why})", why=reason(error))
            raise _fault(f"{self.searchpath[0]}/{template}", None, why)

    loaders = [Files(str(folder)) for folder in folders]
    ours = Files(str(folders[-1]))
    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.ChoiceLoader([*loaders, jinja2.PrefixLoader({"builtin": ours})]),
        undefined=jinja2.StrictUndefined,
        # Posts are plain text, not HTML: escaping would put &amp; on a government's page.
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
    )
    environment.filters.update(FILTERS)
    return environment


def _joined(pieces: Iterable[str]) -> str:
    """The beginning of what a template gives, so that a loop that writes without end does not take all memory."""
    found, size = [], 0
    for piece in pieces:
        found.append(piece)
        size += len(piece)
        if size >= MAX_OUTPUT:
            break
    return "".join(found)[:MAX_OUTPUT]


def tidy(text: str) -> str:
    """No white space at line ends, at most one blank line, none around."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def _fault(file: str | None, line: int | None, message: str) -> TemplateError:
    where = f"{file or '?'}" + (f":{line}" if line else "")
    return TemplateError(t("templat {w}: {m}", "template {w}: {m}", w=where, m=message))


def _syntax(error: "jinja2.TemplateSyntaxError") -> str:
    return t("salah tulis: {m}", "wrong syntax: {m}", m=error.message)


def _undefined(message: str) -> str:
    name = re.search(r"'([^']+)' is undefined|attribute '([^']+)'|has no element (.+)", message)
    if not name:
        return message
    return t('variabel "{n}" tidak ada; periksa ejaannya', 'there is no variable "{n}"; check its spelling',
             n=name[1] or name[2] or name[3])  # fmt: skip


def _place(error: BaseException, file: str | None) -> tuple[str | None, int | None]:
    """The template's own file and line: those of the last frame of the traceback that is a template's."""
    place, trace = (file, getattr(error, "lineno", None)), error.__traceback__
    while trace is not None:
        template = trace.tb_frame.f_globals.get("__jinja_template__")
        if template is not None:
            place = (template.filename, template.get_corresponding_lineno(trace.tb_lineno))
        trace = trace.tb_next
    return place


def _unfit(value: Any, indonesian_kind: str, english_kind: str) -> Exception:
    """The fault of a filter that was given something else; turning a missing variable into text names it instead."""
    import jinja2

    return jinja2.TemplateRuntimeError(
        t('"{x}" bukan {a}', '"{x}" is not {b}', x=str(value)[:60], a=indonesian_kind, b=english_kind)
    )


def _day(value: Any) -> date:
    if not isinstance(value, date):
        raise _unfit(value, "tanggal", "a date")
    return value


def _clock(value: Any) -> str:
    if not isinstance(value, datetime):
        raise _unfit(value, "waktu", "a time")
    return indonesian.clock(value)


def _number(value: Any, decimals: int = 0) -> str:
    try:
        return indonesian.number(Decimal(str(value)), decimals)
    except InvalidOperation:
        raise _unfit(value, "bilangan", "a number") from None


def _hashtags(words: Sequence[str] | str, count: int = 3) -> str:
    found = [words] if isinstance(words, str) else words
    tags = ["".join(part[:1].upper() + part[1:] for part in re.findall(r"\w+", word)) for word in found]
    unique = dict.fromkeys(tag for tag in tags if tag and not tag.isdigit())
    return " ".join(f"#{tag}" for tag in list(unique)[:count])


def _site(address: str) -> str:
    """The host of an address as a reader would type it; nothing where there is none."""
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


FILTERS = {
    "tanggal": lambda value: indonesian.long_date(_day(value)),
    "tanggal_pendek": lambda value: indonesian.short_date(_day(value)),
    "jam": _clock,
    "angka": _number,
    "kalimat": lambda text, count=2: sentences(text, count),
    "ringkas": lambda text, count=2, title="": summarise(text, count, title) or sentences(text, count),
    "tagar": _hashtags,
    "situs": _site,
    "potong": lambda text, count=200: cut(text, lambda part: len(part) <= count),
}

"""Web pages as Chromium shows them, at any width; Debian's browser, steered by Playwright.

The browser's own ``--screenshot`` will not do: it lays out no page narrower than 500 pixels.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from servers.base import Missing, installed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_PROGRAM = Path("/usr/bin/chromium")
# They keep the browser from talking to anyone but the page.
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Chromium:
    """One headless browser; every page has cookies and storage of its own."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._browser: Browser | None = None

    def start(self) -> Self:
        """Start the browser; :class:`Missing` when it or Playwright is not installed."""
        program = installed(_PROGRAM, "chromium")
        try:
            from playwright.sync_api import sync_playwright
        except ImportError as problem:
            raise Missing("playwright is not installed; run: pip install --group dev") from problem
        try:
            playwright = self._open.enter_context(sync_playwright())
            self._browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
            self._open.callback(self._browser.close)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Close the browser; harmless when it is not running."""
        self._browser = None
        self._open.close()

    @contextmanager
    def page(self, width: int = 390, height: int = 844) -> Iterator["Page"]:
        """An empty page of *width* by *height* CSS pixels to steer: ``goto``, ``click``, ``fill``, ``screenshot``."""
        if self._browser is None:
            raise RuntimeError("the browser is not running; call start() first")
        context = self._browser.new_context(viewport={"width": width, "height": height}, locale="id-ID")
        try:
            yield context.new_page()
        finally:
            context.close()

    def screenshot(
        self, page: str | Path, out: Path, width: int = 390, height: int = 844, *, whole: bool = False
    ) -> Path:
        """Draw *page* (an address or an HTML file) into the PNG file *out*.

        *width* by *height* CSS pixels; with ``whole`` as high as the page is.
        """
        with self.page(width, height) as shown:
            shown.goto(page.resolve().as_uri() if isinstance(page, Path) else page)
            shown.screenshot(path=out, full_page=whole)
        return out

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *details: object) -> None:
        self.stop()


def screenshot(page: str | Path, out: Path, width: int = 390, height: int = 844) -> Path:
    """Start a browser for one picture; see :meth:`Chromium.screenshot`."""
    with Chromium() as browser:
        return browser.screenshot(page, out, width, height)

"""Brings the board's pages into line with its posts: a little work for a new post, all of it when in doubt."""

import logging
from collections.abc import Sequence
from hashlib import sha256

from humasbot.platforms.board_pages import Pages
from humasbot.platforms.board_store import DATA, BrokenPost, Folder, Stored

CHUNK = 20
"""Posts of an archive page. Chunks are counted from the oldest post, so that a full page never changes again."""
FEED = 30
"""Posts in a feed."""
_STATE = f"{DATA}/.terbit"

log = logging.getLogger(__name__)


class Site:
    """The pages of one folder; call everything but :meth:`fresh` under the folder's lock."""

    def __init__(self, folder: Folder, pages: Pages) -> None:
        self.folder = folder
        self.pages = pages

    def fresh(self, names: Sequence[str]) -> bool:
        """Whether the pages show exactly the posts *names*, drawn as the present settings say."""
        return self._drawn()[0] == self._state(names)

    def refresh(self, added: Stored | None = None, *, mend: bool = False) -> int:
        """Redraw what is out of date; *added* was just stored. Returns how many post files are broken.

        A broken file is left out and reported in the log; the other posts go on. With *mend* such files are tried
        again even if nothing else has changed.
        """
        names = self.folder.names()
        before, broken = self._drawn()
        if before == self._state(names) and not (mend and broken):
            return broken
        if added and names[-1:] == [added.name] and before == self._state(names[:-1]):
            self._append(names, added)
        else:
            broken = self._redraw(names)
        self.folder.write(_STATE, f"{self._state(names)} {broken}".encode())
        return broken

    def distrust(self) -> None:
        """Believe no page any more: a post's file is about to change, and keeps its name."""
        self.folder.remove(_STATE)

    def _drawn(self) -> tuple[str, int]:
        """What the pages show now, and how many files were broken then."""
        try:
            state, _, broken = (self.folder.path / _STATE).read_text().partition(" ")
        except FileNotFoundError:
            return "", 0
        return state, int(broken) if broken.isdecimal() else 0

    def _state(self, names: Sequence[str]) -> str:
        return sha256("\n".join([self.pages.fingerprint, str(CHUNK), *names]).encode()).hexdigest()

    def _append(self, names: Sequence[str], added: Stored) -> None:
        write = self.folder.write
        write(added.path, self.pages.permalink(added))
        last = (len(names) - 1) // CHUNK
        if len(names) % CHUNK == 1:
            for chunk in range(max(0, last - 3), last - 1):
                write(*self._archive(names, chunk, last))
        self._front(names, last)

    def _redraw(self, names: Sequence[str]) -> int:
        write = self.folder.write
        wanted: dict[str, set[str]] = {"kiriman": set(), "gambar": set(), "halaman": set()}
        broken = 0
        for name in names:
            post = self._read(name)
            if post is None:
                broken += 1
                continue
            write(post.path, self.pages.permalink(post))
            wanted["kiriman"].add(post.path)
            wanted["gambar"].update(picture.file for picture in post.pictures)
        last = max(0, (len(names) - 1) // CHUNK)
        for chunk in range(last - 1):
            path, content = self._archive(names, chunk, last)
            write(path, content)
            wanted["halaman"].add(path)
        write("ikon.svg", self.pages.icon())
        self._front(names, last)
        self.folder.tidy()
        if not broken:
            for folder, files in wanted.items():
                self.folder.keep_only(folder, files)
        return broken

    def _front(self, names: Sequence[str], last: int) -> None:
        """The front page (the last two chunks) and the feeds."""
        posts = self._posts(names[max(0, (last - 1) * CHUNK) :])
        feed = self._posts(names[-FEED:])
        older = f"halaman/{last - 1}.html" if last >= 2 else ""
        self.folder.write("index.html", self.pages.listing(posts, number=0, newer="", older=older))
        self.folder.write("feed.xml", self.pages.atom(feed))
        self.folder.write("feed.json", self.pages.json_feed(feed))

    def _archive(self, names: Sequence[str], chunk: int, last: int) -> tuple[str, bytes]:
        posts = self._posts(names[chunk * CHUNK : (chunk + 1) * CHUNK])
        newer = f"halaman/{chunk + 2}.html" if chunk + 1 <= last - 2 else "index.html"
        older = f"halaman/{chunk}.html" if chunk else ""
        path = f"halaman/{chunk + 1}.html"
        return path, self.pages.listing(posts, number=chunk + 1, newer=newer, older=older)

    def _posts(self, names: Sequence[str]) -> list[Stored]:
        """The readable ones of *names*, newest first."""
        return [post for name in reversed(names) if (post := self._read(name)) is not None]

    def _read(self, name: str) -> Stored | None:
        try:
            return self.folder.read(name)
        except BrokenPost as error:
            log.warning("%s", error)
            return None

"""A real WordPress with its own MariaDB, on PHP's built-in web server."""

import json
import shutil
import socket
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from urllib3.util import make_headers

from servers.base import (
    SCRIPTS,
    Answer,
    Command,
    Process,
    Server,
    call,
    free_port,
    hand_over,
    installed,
    run,
)

_DATABASE_USER = "mysql"
_SOURCE = Path("/usr/share/wordpress")


class WordPress(Server):
    """A site in Indonesia's western time zone, empty but for the administrator, reachable by REST and feed.

    Pretty addresses work (``/wp-json/``, ``/feed/``, ``/2026/11/22/judul/``) and so does ``?rest_route=``.
    """

    user = "humas"
    password = "rahasia-uji"

    def __init__(self) -> None:
        super().__init__()
        self.port = 0
        self.application_password = ""
        self._database: Process | None = None
        self._categories: dict[str, int] = {}

    @property
    def url(self) -> str:
        """The site's address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def create_post(
        self,
        title: str,
        html: str,
        *,
        image: bytes | None = None,
        alt: str = "",
        categories: Sequence[str] = (),
        date_gmt: datetime | None = None,
        status: str = "publish",
        excerpt: str = "",
    ) -> dict[str, Any]:
        """Make a post and return it as REST gives it.

        *image* (JPEG or PNG bytes) becomes the featured picture with the alternative text *alt*; *categories*
        are names, made when they are new; *date_gmt* is an aware time, default now.
        """
        wanted: dict[str, Any] = {"title": title, "content": html, "status": status}
        if excerpt:
            wanted["excerpt"] = excerpt
        if categories:
            wanted["categories"] = [self.category(name) for name in categories]
        if date_gmt is not None:
            wanted["date_gmt"] = date_gmt.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        if image is not None:
            wanted["featured_media"] = self.upload(image, alt)["id"]
        made: dict[str, Any] = self.rest("POST", "wp/v2/posts", data=wanted).good().json()
        return made

    def update_post(self, post_id: int, **changes: Any) -> dict[str, Any]:
        """Change fields of a post, by their REST names (``title``, ``content``, ``status`` …)."""
        changed: dict[str, Any] = self.rest("POST", f"wp/v2/posts/{post_id}", data=changes).good().json()
        return changed

    def trash_post(self, post_id: int) -> None:
        """Move a post to the trash, as an editor does."""
        self.rest("DELETE", f"wp/v2/posts/{post_id}").good()

    def upload(self, image: bytes, alt: str = "") -> dict[str, Any]:
        """Put a JPEG or PNG picture into the site's library and return it as REST gives it."""
        kind, ending = ("image/png", "png") if image.startswith(b"\x89PNG") else ("image/jpeg", "jpg")
        headers = {"Content-Type": kind, "Content-Disposition": f'attachment; filename="foto.{ending}"'}
        media = self.rest("POST", "wp/v2/media", body=image, headers=headers).good().json()
        path = f"wp/v2/media/{media['id']}"
        described: dict[str, Any] = self.rest("POST", path, data={"alt_text": alt}).good().json()
        return described

    def category(self, name: str) -> int:
        """The number of the category *name*, which is made when it is new."""
        if name not in self._categories:
            made = self.rest("POST", "wp/v2/categories", data={"name": name})
            known = made.status == 400 and made.json()["code"] == "term_exists"
            self._categories[name] = made.json()["data"]["term_id"] if known else made.good().json()["id"]
        return self._categories[name]

    def rest(self, method: str, path: str, **wanted: Any) -> Answer:
        """One request as the administrator; *path* starts behind ``/wp-json/``."""
        headers = {**self.login, **wanted.pop("headers", {})}
        return call(method, f"{self.url}/wp-json/{path}", headers=headers, **wanted)

    def get(self, path: str, **headers: str) -> Answer:
        """One anonymous GET of *path*, as a reader's browser or a feed reader sends it."""
        return call(
            "GET", f"{self.url}{path}", headers={name.replace("_", "-"): v for name, v in headers.items()}
        )

    @property
    def login(self) -> Mapping[str, str]:
        """The header of an administrator's request: the application password."""
        return make_headers(basic_auth=f"{self.user}:{self.application_password}")

    def stop(self) -> None:
        """Stop the web server, then the database, and remove the site."""
        if self.process is not None:
            self.process.stop()
            self.process = None
        if self._database is not None:
            self._database.stop()
            self._database = None
        self._categories.clear()
        super().stop()

    def _start(self) -> None:
        installed(_SOURCE / "wp-load.php", "wordpress")
        installed(Path("/usr/sbin/mariadbd"), "wordpress")
        self._start_database()
        site = self.folder / "site"
        shutil.copytree(_SOURCE, site, symlinks=False)
        shutil.copy(SCRIPTS / "wordpress" / "wp-config.php", site / "wp-config.php")
        self.port = free_port()
        environment = {
            "HUMASBOT_WP_URL": self.url,
            "HUMASBOT_WP_SOCKET": str(self._socket),
        }
        install: Command = ["php", SCRIPTS / "wordpress" / "install.php", self.user, self.password]
        printed = run(install, log=self.log, folder=site, environment=environment)
        self.application_password = json.loads(printed.splitlines()[-1])["application_password"]
        serve: Command = [
            "php",
            "-S",
            f"127.0.0.1:{self.port}",
            "-t",
            site,
            SCRIPTS / "wordpress" / "router.php",
        ]
        self.process = Process(serve, log=self.log, folder=site, environment=environment)
        self.process.wait_until(lambda: self.get("/wp-json/").status == 200)

    @property
    def _socket(self) -> Path:
        return self.folder / "database" / "socket"

    def _start_database(self) -> None:
        folder = self.folder / "database"
        folder.mkdir()
        self.folder.chmod(0o711)  # the database's user must reach its folder
        hand_over(folder, _DATABASE_USER)
        data = f"--datadir={folder / 'data'}"
        make = ["mariadb-install-db", "--no-defaults", data, "--auth-root-authentication-method=normal"]
        run([*make, "--skip-test-db"], log=self.log, user=_DATABASE_USER, folder=folder)
        # No TCP port at all: WordPress comes through the socket. A crash may lose a second of writes, for speed.
        settings = ["--skip-networking", f"--socket={self._socket}", f"--pid-file={folder / 'pid'}"]
        lean = ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M", "--skip-log-bin"]
        command = ["mariadbd", "--no-defaults", data, *settings, *lean]
        self._database = Process(command, log=self.log, user=_DATABASE_USER, folder=folder)
        client = ["mariadb", "--no-defaults", f"--socket={self._socket}", "-u", "root"]
        self._database.wait_until(lambda: _accepts(self._socket))
        run([*client, "-e", "CREATE DATABASE wordpress CHARACTER SET utf8mb4"], log=self.log)


def _accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(path))
    return True

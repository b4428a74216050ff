"""Inside somebody else's program: no side effects, no threads, beside the host's own SQLModel and logging."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from humasbot import Humasbot


def test_ten_lines_in_a_fastapi_app(tmp_path: Path, settings: dict[str, Any], public: Any) -> None:
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    app = FastAPI()
    bot = Humasbot(settings, folder=tmp_path)

    @app.post("/umumkan")
    def announce(page: str) -> list[dict[str, str]]:
        stands = bot.announce(page, actor="sistem-desa")
        bot.publish()
        return [
            {"akun": stand.account, "keadaan": stand.state}
            for stand in bot.announce(page, actor="x") or stands
        ]

    (tmp_path / "kabar.md").write_text("# Posyandu hari Rabu\n\nPosyandu Melati buka Rabu pukul 08.00 WIB.\n")
    with TestClient(app) as client:
        answer = client.post("/umumkan", params={"page": str(tmp_path / "kabar.md")})
    bot.close()
    assert answer.json() == [{"akun": "dua", "keadaan": "sent"}, {"akun": "satu", "keadaan": "sent"}]
    assert len(public("satu")) == 1


def test_beside_the_hosts_own_tables_and_logging(tmp_path: Path) -> None:
    """A host with tables of the same class names, its own engine, its own logging and structlog settings."""
    program = f"""
import logging, threading
import structlog
from sqlmodel import Field, Session, SQLModel, create_engine, select
class Post(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    title: str
class Account(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    name: str
logging.basicConfig(level=logging.WARNING)
before = (logging.getLogger().handlers[:], logging.getLogger().level, structlog.is_configured())
from humasbot import Humasbot
threads = threading.active_count()
bot = Humasbot({{"agency": {{"name": "Kantor"}}}}, folder=__import__("pathlib").Path({str(tmp_path)!r}))
assert threading.active_count() == threads
assert before == (logging.getLogger().handlers[:], logging.getLogger().level, structlog.is_configured())
engine = create_engine("sqlite://")
SQLModel.metadata.create_all(engine)
assert set(SQLModel.metadata.tables) == {{"post", "account"}}
with Session(engine) as session:
    session.add(Post(title="milik tuan rumah"))
    session.commit()
    assert session.exec(select(Post)).one().title == "milik tuan rumah"
assert bot.views.posts() == []
bot.close()
print("ok")
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stdout == "ok\n", done.stderr


def test_import_is_light_and_silent() -> None:
    program = (
        "import sys, threading; import humasbot; "
        "assert not {'sqlmodel', 'PIL', 'tweepy', 'facebook', 'trafilatura', 'apscheduler'} & set(sys.modules); "
        "assert threading.active_count() == 1; print('ok')"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("ok\n", "")


def test_two_offices_in_one_process(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    bots = [Humasbot({"agency": {"name": f"Kantor {f.name}"}}, folder=f) for f in folders]
    assert [bot.config.agency.name for bot in bots] == ["Kantor a", "Kantor b"]
    assert all((folder / "humasbot.db").exists() for folder in folders)
    for bot in bots:
        bot.close()
    assert threading.active_count() >= 1

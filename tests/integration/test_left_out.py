"""What a reading of a source leaves out is told beside the source, until it is mended."""

import os
from pathlib import Path
from typing import Any

from sqlmodel import select

from humasbot.models import Source


def test_what_a_reading_left_out_stands_beside_the_source(
    settings: dict[str, Any], open_bot: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "berita"
    folder.mkdir()
    settings["sources"] = {"situs": {"kind": "folder", "folder": "berita"}}

    def read(text: str, age: int) -> str:
        (folder / "a.md").write_text(f"# Senam bersama\n\nWarga berkumpul.\n{text}")
        os.utime(folder / "a.md", (age, age))
        bot.ingest()
        with bot.office.database.write() as session:
            session.exec(select(Source)).one().next_at = None
        (row,) = bot.views.sources()
        assert row["failures"] == 0
        return str(row["last_error"])

    bot = open_bot(settings)
    assert "a.md: gambar foto.png" in read("\n![](foto.png)\n", 1)
    assert "a.md: gambar foto.png" in read("\n![](foto.png)\n", 1), "nothing changed, so it still holds"
    assert read("", 2) == ""

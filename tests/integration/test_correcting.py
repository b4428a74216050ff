"""Corrections and withdrawals: each platform in its native way, approved, once, whatever happens to the answer."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from promised import on_sqlite
from sqlmodel import select
from test_outbox import states

from humasbot.app import Humasbot
from humasbot.errors import InputError, StateError
from humasbot.models import Account, Audit, Delivery, Measurement, Receipt, Variant, Withdrawal
from humasbot.pipeline.correct import way_of
from humasbot.testing.standin_bluesky import BlueskyStandIn
from humasbot.testing.standin_mastodon import MastodonStandIn

pytestmark = on_sqlite
RALAT = "Loket tutup pukul 12.00, bukan 15.00."


@pytest.fixture
def mastodon() -> Iterator[MastodonStandIn]:
    with MastodonStandIn() as server:
        yield server


@pytest.fixture
def bluesky() -> Iterator[BlueskyStandIn]:
    with BlueskyStandIn() as server:
        yield server


@pytest.fixture
def settings(
    settings: dict[str, Any],
    tmp_path: Path,
    mastodon: MastodonStandIn,
    bluesky: BlueskyStandIn,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, Any]:
    monkeypatch.setenv("T_MASTODON", mastodon.token)
    monkeypatch.setenv("T_BLUESKY", bluesky.password)
    settings["accounts"] = {
        "papan": {"platform": "board", "folder": "papan", "base_url": "https://papan.example.go.id"},
        "mastodon": {"platform": "mastodon", "server": mastodon.url, "token": {"env": "T_MASTODON"}},
        "bluesky": {
            "platform": "bluesky",
            "service": bluesky.url,
            "handle": bluesky.who,
            "app_password": {"env": "T_BLUESKY"},
        },
        "surat": {"platform": "scripted", "folder": "surat"},
    }
    return settings


@pytest.fixture
def said(bot: Humasbot, note: Path) -> int:
    """One announcement, public on all four accounts."""
    stands = bot.announce(str(note), actor="budi")
    bot.publish()
    assert states(bot) == ["sent"] * 4
    return stands[0].post_id


def corrected(bot: Humasbot, post: int, text: str = RALAT) -> int:
    [number] = bot.correct([bot.correction(post, text=text)], actor="ani")
    bot.publish()
    return number


def by_account(bot: Humasbot, post: int) -> dict[str, Any]:
    return {row["account"]: row for row in bot.views.post(post)["variants"]}


def test_each_platform_in_its_native_way(
    bot: Humasbot,
    said: int,
    mastodon: MastodonStandIn,
    bluesky: BlueskyStandIn,
    public: Callable[[str], list[Any]],
) -> None:
    found = bot.correction(said, text=RALAT)
    assert {draft.account.name: way_of(draft) for draft in found.drafts} == {
        "papan": "edit", "mastodon": "edit", "bluesky": "reply", "surat": "new",
    }  # fmt: skip
    before = by_account(bot, said)
    number = corrected(bot, said)
    after = by_account(bot, number)
    assert {row["state"] for row in after.values()} == {"sent"}
    assert after["mastodon"]["url"] == before["mastodon"]["url"]
    [status] = mastodon.accepted
    assert RALAT in status["text"]
    assert "Layanan KTP buka hari Sabtu" in status["text"]
    assert len(status["media_attachments"]) == 1
    first, second = bluesky.accepted
    assert second["value"]["reply"]["parent"]["uri"] == first["uri"]
    assert second["value"]["text"].startswith("Ralat: ")
    assert RALAT in second["value"]["text"]
    old, new = public("surat")
    assert RALAT in new["text"]
    assert old["url"] in new["text"]
    page = (
        Path(bot.config.folder) / "papan" / after["papan"]["url"].removeprefix("https://papan.example.go.id/")
    )
    assert RALAT in page.read_text()


@pytest.mark.slow
def test_the_approval_covers_what_is_corrected(bot: Humasbot, said: int, mastodon: MastodonStandIn) -> None:
    [number] = bot.correct([bot.correction(said, text=RALAT)], actor="ani")
    with bot.office.database.write() as session:
        for variant in session.exec(select(Variant).where(Variant.post_id == number)).all():
            about = {**variant.options["correction"], "remote_id": "lain"}
            variant.options = {**variant.options, "correction": about}
    bot.publish()
    assert {row["state"] for row in by_account(bot, number).values()} == {"failed"}
    assert RALAT not in mastodon.accepted[0]["text"]


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["drop", "lost", "gateway", "garbage"])
def test_a_lost_answer_corrects_once(
    bot: Humasbot, said: int, mastodon: MastodonStandIn, bluesky: BlueskyStandIn, fault: Any
) -> None:
    mastodon.fault(fault, on="PUT ")
    bluesky.fault(fault, on="putRecord")
    number = corrected(bot, said)
    assert (
        by_account(bot, number)["mastodon"]["state"] == "queued"
    )  # an edit may be made again without a look
    assert by_account(bot, number)["bluesky"]["state"] == "uncertain"
    for _ in range(3):
        with bot.office.database.write() as session:
            for delivery in session.exec(select(Delivery)).all():
                delivery.next_at = delivery.created_at
        bot.reconcile()
        bot.publish()
    assert {row["state"] for row in by_account(bot, number).values()} == {"sent"}
    assert len(mastodon.accepted) == 1
    assert mastodon.accepted[0]["text"].count(RALAT) == 1
    assert len(bluesky.accepted) == 2


@pytest.mark.slow
def test_a_second_correction_builds_on_the_first(bot: Humasbot, said: int, mastodon: MastodonStandIn) -> None:
    corrected(bot, said)
    corrected(bot, said, "Lokasinya di balai kota.")
    text = mastodon.accepted[0]["text"]
    assert text.index("Lokasinya di balai kota.") < text.index(RALAT) < text.index("Layanan KTP")


@pytest.mark.slow
def test_no_correction_overtakes_another(bot: Humasbot, said: int) -> None:
    found = bot.correction(said, text=RALAT)
    bot.correct([found], actor="ani")
    with pytest.raises(StateError, match="belum selesai"):
        bot.correction(said, text="Lain lagi.")
    with pytest.raises(StateError, match=r"belum selesai|sudah dibuat"):
        bot.correct([found], actor="ani")


@pytest.mark.slow
def test_what_cannot_be_corrected_is_said(bot: Humasbot, note: Path, said: int) -> None:
    number = corrected(bot, said)
    with pytest.raises(StateError, match=f"humasbot correct {said}"):
        bot.correction(number, text=RALAT)
    with pytest.raises(InputError, match="--text"):
        bot.correction(said)
    other = note.with_name("lain.md")
    other.write_text("# Jadwal vaksinasi rabies\n\nVaksinasi di balai desa mulai pukul 08.00 WIB.\n")
    post = bot.announce(str(other), actor="budi")[0].post_id
    with pytest.raises(StateError, match="belum tampil"):
        bot.correction(post, text=RALAT)


@pytest.mark.slow
def test_withdrawn_where_it_can_be(
    bot: Humasbot, said: int, mastodon: MastodonStandIn, bluesky: BlueskyStandIn
) -> None:
    corrected(bot, said)
    mastodon.fault("status", on="DELETE ", status=429, headers={"Retry-After": "17"})
    found = bot.withdraw(said, reason="Salah orang.", actor="ani")
    assert sorted(found.gone) == ["bluesky", "bluesky", "papan"]
    assert bluesky.accepted == []
    assert sorted(left.account for left in found.left) == ["mastodon", "surat", "surat"]
    assert all("hapus sendiri" in left.advice for left in found.left if left.account == "surat")
    [later] = [left.advice for left in found.left if left.account == "mastodon"]
    assert "dicoba lagi nanti" in later
    with bot.office.database.write() as session:
        for row in session.exec(select(Withdrawal).where(Withdrawal.state == "open")).all():
            row.next_at = row.created_at
    bot.reconcile()
    assert mastodon.accepted == []
    with bot.office.database.read() as session:
        acts = [row.act for row in session.exec(select(Audit)).all()]
    assert acts.count("deleted") == 4
    assert acts.count("post_withdrawn") == 1
    with pytest.raises(StateError):
        bot.correction(said, text=RALAT)


@pytest.mark.slow
def test_the_commands(bot: Humasbot, said: int, run_cli: Any) -> None:
    shown = run_cli("correct", str(said), "--text", RALAT, "--yes", "--json")
    told = json.loads(shown.stdout)
    assert {draft["how"] for draft in told["drafts"]} == {"edit", "reply", "new"}
    assert shown.exit_code == 0
    assert len(told["posts"]) == 1
    assert run_cli("correct", str(said)).exit_code == 2
    gone = run_cli("withdraw", str(said), "--reason", "Salah", "--yes")
    assert gone.exit_code == 1
    assert "surat (scripted)" in gone.stdout
    assert run_cli("withdraw", str(said)).exit_code == 2
    assert run_cli("withdraw", str(said), "--done", "surat").exit_code == 0
    assert run_cli("withdraw", str(said), "--done", "surat").exit_code == 1
    note = str(Path(bot.config.folder) / "kabar.md")
    told = json.loads(run_cli("announce", note, "--dry-run", "--json").stdout)
    assert any("--again" in words for words in told["warnings"])
    assert told["drafts"] == []
    told = json.loads(run_cli("announce", note, "--again", "--dry-run", "--json").stdout)
    assert sorted(draft["account"] for draft in told["drafts"]) == ["bluesky", "mastodon", "papan", "surat"]


def test_a_post_that_was_edited_is_counted_once(bot: Humasbot, said: int) -> None:
    corrected(bot, said)
    bot.measure()
    query = select(Account.name).join(Delivery, Delivery.account_id == Account.id)
    query = query.join(Receipt, Receipt.delivery_id == Delivery.id).join(
        Measurement, Measurement.receipt_id == Receipt.id
    )
    with bot.office.database.read() as session:
        counted = sorted(session.exec(query).all())
    # The edit on Mastodon is the same post; the reply and the new letter are posts of their own.
    assert counted == ["bluesky", "bluesky", "mastodon", "surat", "surat"]


@pytest.fixture
def run_cli(bot: Humasbot, settings: dict[str, Any], tmp_path: Path) -> Callable[..., Any]:
    from humasbot.cli import cli

    def dumped(table: dict[str, Any]) -> str:
        lines = []
        for name, value in table.items():
            if isinstance(value, dict) and not set(value) <= {"env"}:
                lines += [f"[{name}]", *_lines(name, value)]
            elif isinstance(value, dict) and not value:
                continue
        return "\n".join(lines)

    def _lines(path: str, table: dict[str, Any]) -> list[str]:
        plain = [
            f"{k} = {_value(v)}" for k, v in table.items() if not isinstance(v, dict) or set(v) == {"env"}
        ]
        nested = [(k, v) for k, v in table.items() if isinstance(v, dict) and set(v) != {"env"}]
        return plain + [line for k, v in nested for line in (f"[{path}.{k}]", *_lines(f"{path}.{k}", v))]

    def _value(value: Any) -> str:
        return f'{{ env = "{value["env"]}" }}' if isinstance(value, dict) else json.dumps(value)

    config = tmp_path / "humasbot.toml"
    config.write_text(dumped(settings))
    return lambda *words: CliRunner().invoke(cli, ["-c", str(config), *words], obj={})

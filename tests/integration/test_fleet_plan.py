"""Planning for every agency of a fleet, bringing them in, and who leads."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import played
import pytest
import sqlalchemy as sa
from fleets import fill, fleet
from promised import (
    many,
    office,
    on_postgresql,
    on_sqlite,
    once,
    raises,
    stage,
)
from sqlmodel import select

from humasbot.app import Humasbot
from humasbot.errors import ConfigError, Retryable
from humasbot.history import timeline
from humasbot.models import Account, Agency, Approval, Campaign, Delivery, Post, Quota, Variant, utc_now
from humasbot.pipeline import bulk, roll
from humasbot.pipeline.approve import hash_of
from humasbot.pipeline.compose import Composer
from humasbot.pipeline.leading import lead, step_down
from humasbot.pipeline.wording import Order

__all__ = ["fleet", "many", "office", "stage"]


# Planning for all


def template(tmp_path: Path, words: str) -> None:
    folder = tmp_path / "templates" / "text"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pagi.j2").write_text(
        "{% block head %}Selamat pagi dari {{ agency.name }}{% endblock %}"
        f"{{% block body %}}{words}{{% endblock %}}{{% block tail %}}{{{{ agency.sign_off }}}}{{% endblock %}}"
    )


def texts(bot: Humasbot) -> dict[str, str]:
    query = sa.select(Agency.name, Variant.text).join(Account, Account.agency_id == Agency.id)
    with bot.office.database.read() as session:
        rows = session.execute(query.join(Variant, Variant.account_id == Account.id)).all()
    return {row.name: row.text for row in rows}


@pytest.mark.parametrize("words", ["Layanan {{ agency.short }} buka.", "{{ agency.name | upper }} buka."])
def test_planned_for_all_as_for_one(fleet: Any, tmp_path: Path, words: str) -> None:
    """From a mould or one by one: what each agency says is what its own composer would have said."""
    template(tmp_path, words)
    bot = fleet(7, spread="10m", at="06:00", late="send")
    assert bot.plan() == 7 * days(bot)
    found = texts(bot)
    assert found["desa3"].startswith("Selamat pagi dari Desa 3\n\n")
    with bot.office.database.read() as session:
        agency = session.exec(select(Agency).where(Agency.name == "desa3")).one()
        account = session.exec(select(Account).where(Account.agency_id == agency.id)).one()
        variant = session.exec(select(Variant).where(Variant.account_id == account.id)).first()
        approval = session.exec(select(Approval).where(Approval.variant_id == variant.id)).one()
    order = ordered(bot, variant.due_at)
    draft = Composer(bot.office, agency, order.matter, order.rule).draft(account)
    assert found["desa3"] == draft.text
    assert approval.hash == hash_of(variant, account)


def days(bot: Humasbot) -> int:
    with bot.office.database.read() as session:
        return len(session.exec(select(Post).where(Post.skipped != "")).all())


def ordered(bot: Humasbot, due: Any) -> Order:
    from humasbot.pipeline.compose import Matter, Rule

    table = bot.config.campaigns["pagi"]
    with bot.office.database.read() as session:
        campaign = session.execute(sa.text("SELECT id FROM humasbot_campaign WHERE name = 'pagi'")).scalar()
        head = session.exec(select(Agency).where(Agency.name == bot.config.agency.key)).one()
    mine = Campaign(id=campaign, agency_id=head.id or 0, name="pagi", occasion="daily")
    return Order(mine, table, "day:x", 0, Matter(title="", due=due), Rule.of(table), head)


def test_planning_again_adds_only_what_is_missing(
    fleet: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template(tmp_path, "Layanan buka.")
    monkeypatch.setattr(bulk, "CHUNK", 2)
    bot = fleet(5, at="06:00")
    now = utc_now()
    assert bulk.plan_all(bot.office, ordered(bot, now), now) == 5
    with bot.office.database.write() as session:
        session.execute(sa.text("DELETE FROM humasbot_post WHERE skipped <> ''"))
    assert bulk.plan_all(bot.office, ordered(bot, now), now) == 0
    assert len(texts(bot)) == 5
    assert bot.publish() == 5


@on_sqlite
def test_one_that_does_not_fit_is_told_and_the_others_go(fleet: Any, tmp_path: Path) -> None:
    template(tmp_path, "Layanan buka.")
    bot = fleet(3, at="06:00")
    with bot.office.database.write() as session:
        long = session.exec(select(Agency).where(Agency.name == "desa1")).one()
        long.brand = {"sign_off": "Pemerintah Desa yang namanya panjang sekali. " * 20}
    now = utc_now()
    assert bulk.plan_all(bot.office, ordered(bot, now), now) == 2
    assert set(texts(bot)) == {"desa0", "desa2"}


@on_sqlite
def test_each_account_of_a_fleet_is_measured_by_its_own_settings(
    fleet: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever may chain posts says all of it, whoever may not says less; the secrets are not asked for."""
    long = " ".join(f"Loket nomor {n} dibuka." for n in range(1, 30))
    template(tmp_path, long)
    bot = fleet(6, at="06:00")
    with bot.office.database.write() as session:
        for number, account in enumerate(session.exec(select(Account).order_by(Account.id)).all()):
            account.platform = "bluesky"
            parts = {"parts": "5"} if number % 2 else {}
            account.settings = {"handle": f"d{number}.example", "app_password": {"env": "NONE"}, **parts}
    built: list[int] = []
    real = bot.office.stand_in
    monkeypatch.setattr(bot.office, "stand_in", lambda account: built.append(account.id) or real(account))
    now = utc_now()
    assert bulk.plan_all(bot.office, ordered(bot, now), now) == 6
    said = texts(bot)
    assert {name for name, text in said.items() if long in text} == {"desa1", "desa3", "desa5"}
    assert all(len(text) <= 300 for name, text in said.items() if long not in text)
    assert len(built) == 2


@pytest.mark.slow
@on_sqlite
def test_who_approved_which_words_is_told_of_every_delivery_of_a_fleet(fleet: Any, tmp_path: Path) -> None:
    """One act a chunk is written, and each delivery still tells who approved which hash; the act covers all of them."""
    template(tmp_path, "Layanan buka.")
    bot = fleet(4, at="06:00")
    now = utc_now()
    assert bulk.plan_all(bot.office, ordered(bot, now), now) == 4
    while bot.publish():
        pass
    hashes = []
    with bot.office.database.read() as session:
        for delivery in session.exec(select(Delivery)).all():
            variant = session.get_one(Variant, delivery.variant_id)
            account = session.get_one(Account, delivery.account_id)
            (yes,) = [
                entry for entry in timeline(session, delivery.id, delivery) if entry["act"] == "approved"
            ]
            assert (yes["actor"], yes["detail"]["policy"]) == ("humasbot", "campaign:pagi")
            assert yes["detail"]["hash"] == hash_of(variant, account)
            sent = [entry for entry in timeline(session, delivery.id, delivery) if entry["act"] == "attempt"]
            assert sent[0]["detail"]["approval"] == delivery.approval_id
            hashes.append(yes["detail"]["hash"])
    assert len(set(hashes)) == 4
    (act,) = [row for row in bot.trail.rows(act="approved") if row["subject"].startswith("campaign:")]
    assert act["detail"]["hash"] == sha256("".join(sorted(hashes)).encode()).hexdigest()
    assert act["detail"]["deliveries"] == 4


# The roll


@pytest.fixture
def rolls(tmp_path: Path) -> Callable[[str, str], tuple[Path, Path]]:
    def write(agencies: str, accounts: str) -> tuple[Path, Path]:
        paths = tmp_path / "agencies.csv", tmp_path / "accounts.csv"
        for path, text in zip(paths, (agencies, accounts), strict=True):
            path.write_text(text)
        return paths

    return write


def test_the_roll_is_brought_in_and_changed(settings: Any, open_bot: Any, rolls: Any) -> None:
    bot = open_bot(settings)
    agencies = "key,name,parent,timezone,sign_off\nkab,Kabupaten Contoh,,,\ndesa1,Desa Satu,kab,Asia/Makassar,Salam\n"
    accounts = "agency,name,platform,url,secret\ndesa1,situs,webhook,https://x.example/h,env:KUNCI\n"
    assert roll.call(bot.office, *rolls(agencies, accounts), actor="ani") == roll.Called(2, 1)
    changed = accounts.replace("x.example", "y.example")
    roll.call(bot.office, *rolls(agencies.replace("Desa Satu", "Desa Baru"), changed), actor="ani")
    with bot.office.database.read() as session:
        village = session.exec(select(Agency).where(Agency.name == "desa1")).one()
        parent = session.exec(select(Agency).where(Agency.name == "kab")).one()
        account = session.exec(select(Account).where(Account.agency_id == village.id)).one()
    assert (village.title, village.parent_id, village.timezone) == ("Desa Baru", parent.id, "Asia/Makassar")
    assert village.brand == {"sign_off": "Salam"}
    assert account.settings == {"url": "https://y.example/h", "secret": {"env": "KUNCI"}}


@on_sqlite
def test_every_fault_of_the_roll_is_told_by_its_row(bot: Humasbot, rolls: Any) -> None:
    agencies = "key,name,parent,timezone\ndesa1,Desa Satu,,\ndesa1,Desa Dua,,\nDesa 3,,hilang,WIB\n"
    accounts = (
        "agency,name,platform,url,secret,dry_run\n"
        "tidak-ada,situs,webhook,https://x.example,env:KUNCI,\n"
        "desa1,situs,webhook,https://x.example,rahasia-terang,ya\n"
        "desa1,dua,tidakada,,,\n"
        "desa1,tiga,webhook,,,\n"
    )
    with pytest.raises(ConfigError) as caught:
        roll.call(bot.office, *rolls(agencies, accounts), actor="ani")
    told = [str(problem) for problem in caught.value.problems]
    for where in ("agencies.csv:3: ", "agencies.csv:4: ", *(f"accounts.csv:{n}: " for n in range(2, 6))):
        assert any(line.startswith(where) for line in told), (where, told)
    assert not any("rahasia-terang" in line for line in told)
    with bot.office.database.read() as session:
        assert session.exec(select(Agency).where(Agency.name == "desa1")).one_or_none() is None


# Who leads


@on_postgresql
def test_another_leads_once_the_lease_has_ended(bot: Humasbot) -> None:
    database = bot.office.database
    assert lead(database, "schedule", "a", timedelta(seconds=30))
    assert not lead(database, "schedule", "b")
    assert lead(database, "schedule", "a", timedelta(seconds=-1))
    assert lead(database, "schedule", "b")
    assert not lead(database, "schedule", "a")
    step_down(database, "schedule", "b")
    assert lead(database, "schedule", "a")


@on_sqlite
def test_one_machine_leads_itself(bot: Humasbot) -> None:
    assert lead(bot.office.database, "schedule", "a")
    step_down(bot.office.database, "schedule", "a")


@on_sqlite
def test_the_next_of_an_account_waits_for_the_one_before(fleet: Any, stage: Any) -> None:
    bot = fleet(1)
    fill(bot, 2)
    stage("satu0").publish = once(raises(Retryable("putus")))
    assert bot.publish() == 1
    assert [post.text for post in stage("satu0").posts] == []
    assert played.STAGES


@on_sqlite
def test_a_campaign_may_scatter_its_accounts(settings: Any, open_bot: Any, tmp_path: Path) -> None:
    template(tmp_path, "Layanan buka.")
    settings["humasbot"]["templates"] = str(tmp_path / "templates")
    settings["campaigns"]["pagi"] = {
        "occasion": "daily", "at": "00:00", "template": "pagi", "approval": "policy", "picture": "none", "spread": "1h",
    }  # fmt: skip
    bot = open_bot(settings)
    on = utc_now().date() + timedelta(days=1)
    drafts = bot.preview("pagi", on)
    moments = {draft.account.name: draft.due for draft in drafts}
    assert len(set(moments.values())) == 2
    assert max(moments.values()) - min(moments.values()) < timedelta(hours=1)
    assert moments == {draft.account.name: draft.due for draft in bot.preview("pagi", on)}


@on_sqlite
def test_a_fleet_keeps_to_quotas_options_and_who_gets_only_digests(
    fleet: Any, tmp_path: Path, played_cost: None
) -> None:
    """What one account of an office is asked, each account of a fleet is."""
    template(tmp_path, "Layanan buka.")
    bot = fleet(3, ("satu", "ringkas"), at="06:00")
    now = utc_now()
    with bot.office.database.write() as session:
        for account in session.exec(select(Account).where(Account.name == "ringkas")).all():
            account.settings = {**account.settings, "digest": "only"}
        full = session.exec(
            select(Account).join(Agency).where(Agency.name == "desa1", Account.name == "satu")
        ).one()
        session.add(Quota(account_id=full.id or 0, what="posts", used=5, total=5, seconds=86400, read_at=now))
    due = now + timedelta(hours=1)
    assert bulk.plan_all(bot.office, ordered(bot, due), now) == 3
    query = select(Agency.name, Variant, Approval.hash, Account).join(Account, Account.agency_id == Agency.id)
    query = query.join(Variant, Variant.account_id == Account.id).join(
        Approval, Approval.variant_id == Variant.id
    )
    with bot.office.database.read() as session:
        found = {
            name: (variant, digest, account) for name, variant, digest, account in session.exec(query).all()
        }
    assert {account.name for _, _, account in found.values()} == {"satu"}
    assert {variant.options.get("cost_usd") for variant, _, _ in found.values()} == {"0.015"}
    assert all(hash_of(variant, account) == digest for variant, digest, account in found.values())
    assert [found[f"desa{n}"][0].due_at - due for n in (0, 2)] == [timedelta(0)] * 2
    assert found["desa1"][0].due_at >= now + timedelta(days=1)


@pytest.fixture
def played_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stage's platform takes money, as X does."""
    monkeypatch.setattr(played.Played, "cost", lambda self, outgoing: Decimal("0.015"), raising=False)

"""The state machine of a Delivery against an oracle: two workers, faults, deaths, people and clocks, interleaved.

The oracle is the platform's own record. After every step nothing stands twice unless a person said so, nothing stands
that was not approved word for word, what is called sent stands, what is called queued or cancelled does not; and at
the end, once everybody is well again, everything approved is settled or in a person's hands.
"""

import os
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import hypothesis.stateful as hs
import played
import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from promised import AFTER, FAULTS, World
from sqlmodel import select

from humasbot import outbox
from humasbot.claiming import Claim, Result
from humasbot.content import Item, Receipt
from humasbot.database import Database
from humasbot.errors import StateError
from humasbot.holders import worker_name
from humasbot.models import Account, Delivery, Post, Variant, utc_now
from humasbot.models import Receipt as Known
from humasbot.pipeline import announce as announcing
from humasbot.pipeline import doubts
from humasbot.pipeline.compose import outgoing_of
from humasbot.pipeline.publish import Steps, send
from humasbot.states import Decision, unanswered
from humasbot.ticking import clock

START = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)
NAMES = ("satu", "dua")
INTERLEAVINGS = int(os.environ.get("HUMASBOT_INTERLEAVINGS", "25"))
"""How many of 60 steps each the slow test tries; thousands by hand, their last result stands in docs/FAULTS.md."""
ACCOUNT = st.sampled_from(NAMES)
WORKER = st.integers(0, 1)
PICK = st.integers(0, 30)


class Promise(hs.RuleBasedStateMachine):
    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        world.clear()
        self.clocks = ExitStack()
        self.wall = self.clocks.enter_context(time_machine.travel(START, tick=False))
        # The server's clock goes with ours, or no lease would ever end; the one that nobody can set does not jump.
        self.clocks.enter_context(mock.patch.object(Database, "now", side_effect=utc_now))
        self.clocks.enter_context(mock.patch.object(doubts, "clock", side_effect=lambda: self.boot))
        self.boot, self.said = 0.0, 0
        self.turns, self.looks = ({name: list[str]() for name in NAMES} for _ in range(2))
        self.approved: dict[str, str] = {}
        self.withdrawn, self.settled_by_person = set[str](), set[str]()
        self.resent: Counter[str] = Counter()
        self.frozen: list[tuple[Claim, float]] = []
        self.hanging, self.unwritten = list[Claim](), list[Result]()
        self.faults: list[str] = []
        self.lock = threading.Lock()
        for name, stage in world.stages.items():
            stage.publish = self.publishing(name)
            stage.find = self.finding(name)

    def teardown(self) -> None:
        try:
            self.recover()
        finally:
            self.clocks.close()

    # The platform

    def publishing(self, name: str) -> Callable[..., Any]:
        def publish(stage: played.Stage, outgoing: Any, checkpoint: Any) -> Any:
            with self.lock:
                turn = self.turns[name].pop(0) if self.turns[name] else "ok"
            if checkpoint.get("begun") is None:
                checkpoint.save("begun", "yes")
            if turn in FAULTS:
                raise FAULTS[turn]()
            receipt = self.accept(name, outgoing)
            if turn in AFTER:
                raise AFTER[turn]()
            return None if turn == "nameless" else receipt

        return publish

    def finding(self, name: str) -> Callable[..., Any]:
        def find(stage: played.Stage, outgoing: Any, _since: Any) -> Any:
            with self.lock:
                turn = self.looks[name].pop(0) if self.looks[name] else "ok"
            if turn in FAULTS:
                raise FAULTS[turn]()
            return stage.standing(outgoing.key)

        return find

    def accept(self, name: str, outgoing: Any) -> Receipt:
        """The moment of truth: what becomes public must be what was approved, and the first in line."""
        if self.approved.get(outgoing.key) != outgoing.text or outgoing.key in self.withdrawn:
            self.faults.append(f"not approved: {outgoing.text!r}")
        with self.world.database.read() as session:
            mine = session.exec(select(Delivery).where(Delivery.key == outgoing.key)).one()
            line = session.exec(
                select(Delivery).where(
                    Delivery.account_id == mine.account_id, Delivery.state == "queued", Delivery.attempts == 0
                )
            ).all()
        now = utc_now()
        for other in line:
            earlier = (other.due_at, other.id) < (mine.due_at, mine.id)
            if mine.attempts == 1 and earlier and max(other.due_at, other.next_at) <= now and not other.looks:
                self.faults.append(f"{mine.id} went before {other.id}")
        return self.world.stages[name].accept(outgoing)

    # People

    @hs.initialize(count=st.integers(1, 3))
    def something_is_said(self, count: int) -> None:
        for _ in range(count):
            self.approve_all(self.draft(("*",), 0))

    @hs.rule(
        to=st.sampled_from([("satu",), ("*",)]), minutes=st.sampled_from([0, 0, 5]), approved=st.booleans()
    )
    def announce(self, to: tuple[str, ...], minutes: int, approved: bool) -> None:
        post = self.draft(to, minutes)
        if approved:
            self.approve_all(post)

    def draft(self, to: tuple[str, ...], minutes: int) -> int:
        self.said += 1
        words = f"Kabar nomor {self.said} untuk warga"
        item = Item(key="", url=f"https://contoh.go.id/{self.said}", title=words, text=f"{words} kota.")
        office = self.world.bots[0].office
        proposal = announcing.propose(office, item, to=to, at=utc_now() + timedelta(minutes=minutes))
        with self.world.database.write() as session:
            agency = announcing.agency_of(session, office.config)
            return announcing._add(office, session, agency, proposal)[1]

    @hs.rule(
        choice=st.sampled_from(
            ["approve", "cancel", "cancel", "edit", "exists", "resend", "drop", "pause", "resume"]
        ),
        pick=PICK,
    )
    def a_person_decides(self, choice: str, pick: int) -> None:
        if choice in ("exists", "resend", "drop"):
            self.resolve(pick, choice)
        elif choice == "pause":
            self.world.bots[0].pause(NAMES[pick % 2], actor="ani")
        elif choice == "resume":
            self.world.bots[1].resume(NAMES[pick % 2])
        elif choice == "approve":
            self.approve(pick, pick % 2)
        else:
            (self.cancel if choice == "cancel" else self.edit_behind_the_approval)(pick)

    def approve(self, pick: int, worker: int) -> None:
        if post := self.some(Post, pick):
            self.approve_all(post.id, worker)

    def approve_all(self, post_id: int, worker: int = 0) -> None:
        try:
            made = self.world.bots[worker].approve(post_id, actor="ani")
        except StateError:
            return
        with self.world.database.read() as session:
            for row in made:
                self.approved[row.key] = session.get_one(Variant, row.variant_id).text

    def cancel(self, pick: int) -> None:
        post = self.some(Post, pick)
        if post is None:
            return
        before = self.world.rows(Delivery)
        try:
            self.world.bots[1].cancel(post.id, actor="kepala")
        except StateError:
            return
        variants = {row.id for row in self.world.rows(Variant) if row.post_id == post.id}
        self.withdrawn |= {row.key for row in before if row.variant_id in variants and row.state != "sent"}

    def edit_behind_the_approval(self, pick: int) -> None:
        if variant := self.some(Variant, pick):
            with self.world.database.write() as session:
                session.get_one(Variant, variant.id).text = f"Kata lain {self.said}"

    def resolve(self, pick: int, choice: str) -> None:
        unsure = [row for row in self.world.rows(Delivery) if row.state == "uncertain"]
        if not unsure:
            return
        row = unsure[pick % len(unsure)]
        wish: dict[str, Any] = {choice: "https://x.example/1" if choice == "exists" else True}
        self.world.bots[0].resolve(row.id, actor="ani", **wish)
        self.settled_by_person.add(row.key)
        self.resent[row.key] += choice == "resend"

    # Faults to come, and time

    @hs.rule(name=ACCOUNT, turn=st.sampled_from([*FAULTS, *AFTER, *AFTER, "nameless"]))
    def the_platform_will(self, name: str, turn: str) -> None:
        self.turns[name].append(turn)
        if turn in ("lost_after", "bug"):
            self.looks[name].append("lost")

    @hs.rule(seconds=st.sampled_from([30, 700, 4000]), hours=st.sampled_from([0, 0, -1, 24]))
    def time_goes_on_and_the_clock_may_be_set(self, seconds: int, hours: int) -> None:
        self.time_passes(seconds)
        self.wall.shift(timedelta(hours=hours))

    def time_passes(self, seconds: int) -> None:
        self.wall.shift(timedelta(seconds=seconds))
        self.boot += seconds

    # Workers

    @hs.rule(worker=WORKER)
    def publish(self, worker: int) -> None:
        self.world.bots[worker].publish()

    @hs.rule(worker=WORKER, wait=st.sampled_from([0, 1, 120, 700]), rounds=st.integers(1, 3))
    def work_for_a_while(self, worker: int, wait: int, rounds: int) -> None:
        for number in range(rounds):
            self.world.bots[(worker + number) % 2].reconcile()
            self.world.bots[worker].publish()
            self.time_passes(wait)

    def claim(self, worker: int, token: str | None = None) -> list[Claim]:
        office = self.world.bots[worker].office
        return outbox.claim(self.world.database, token or office.token(), limit=1, lease=office.lease)

    def call(self, worker: int, claim: Claim, since: float) -> Result:
        """What the worker's thread does once it gets to run; *since* is when it claimed."""
        office = self.world.bots[worker].office
        return send(office, claim, Steps(office, claim, taken=clock() - (self.boot - since)))

    @hs.rule(worker=WORKER, here=st.booleans(), called=st.booleans())
    def die(self, worker: int, here: bool, called: bool) -> None:
        """Kill -9 after the claim or after the call; here (it can be seen to be dead) or on another machine."""
        boot, namespace, *_ = worker_name().split("/")
        dead = f"{boot if here else 'elsewhere'}/{namespace}/4194301/1/x{self.said}"
        for claim in self.claim(worker, dead):
            if called:
                self.call(worker, claim, self.boot)

    @hs.rule(worker=WORKER)
    def freeze(self, worker: int) -> None:
        """The process stands still between its claim and its call."""
        self.frozen += [(claim, self.boot) for claim in self.claim(worker)]

    @hs.precondition(lambda self: self.frozen)
    @hs.rule(worker=WORKER, pick=PICK)
    def thaw(self, worker: int, pick: int) -> None:
        claim, since = self.frozen.pop(pick % len(self.frozen))
        outbox.finish(self.world.database, [self.call(worker, claim, since)])

    @hs.rule(worker=WORKER)
    def write_late(self, worker: int) -> None:
        """The call is over, but its result cannot be written for now."""
        self.unwritten += [self.call(worker, claim, self.boot) for claim in self.claim(worker)]

    @hs.precondition(lambda self: self.unwritten)
    @hs.rule()
    def write_at_last(self) -> None:
        outbox.finish(self.world.database, self.unwritten)
        self.unwritten = []

    @hs.rule(worker=WORKER)
    def hang(self, worker: int) -> None:
        """A call that does not come back within the lease."""
        for claim in self.claim(worker):
            outbox.finish(self.world.database, [Result(claim, unanswered(600), hangs=True)])
            self.hanging.append(claim)

    @hs.precondition(lambda self: self.hanging)
    @hs.rule(pick=PICK, well=st.booleans())
    def comes_back(self, pick: int, well: bool) -> None:
        """The hanging call ends after all: published, or surely not."""
        claim = self.hanging.pop(pick % len(self.hanging))
        if not well:
            decision, receipt = Decision("queued", "putus"), None
        else:
            decision, receipt = Decision("sent"), self.accept_hanging(claim)
        outbox.finish(self.world.database, [Result(claim, decision, receipt)])

    def accept_hanging(self, claim: Claim) -> Receipt:
        """It was approved when it was called, whatever has become of the approval since."""
        office = self.world.bots[0].office
        with self.world.database.read() as session:
            name = session.get_one(Account, claim.account_id).name
            outgoing = outgoing_of(office, session.get_one(Variant, claim.variant_id), claim.key)
        return self.world.stages[name].accept(outgoing)

    # What must hold

    @hs.invariant()
    def nothing_that_was_not_approved_and_nothing_out_of_order(self) -> None:
        assert self.faults == []

    @hs.invariant()
    def nothing_stands_twice(self) -> None:
        for key, count in self.standing().items():
            assert count <= 1 + self.resent[key], f"{key} stands {count} times"

    @hs.invariant()
    def nothing_vanishes_and_states_tell_the_truth(self) -> None:
        standing = self.standing()
        known = {row.delivery_id for row in self.world.rows(Known)}
        found = {row.key: row for row in self.world.rows(Delivery)}
        assert set(found) == set(self.approved)
        for key, row in found.items():
            assert (row.state == "sent") == (row.id in known)
            if key in self.settled_by_person:
                continue
            if row.state == "sent":
                assert standing[key] == 1
            elif row.state in ("queued", "cancelled", "failed"):
                assert standing[key] == 0, f"{row.id} stands, but is {row.state}"

    @hs.invariant()
    def one_in_flight_for_each_account(self) -> None:
        flying = Counter(row.account_id for row in self.world.rows(Delivery) if row.state == "sending")
        assert all(count == 1 for count in flying.values())

    def recover(self) -> None:
        """Everybody is well again: what was approved is settled, or a person has been told."""
        for turns in (*self.turns.values(), *self.looks.values()):
            turns.clear()
        outbox.finish(self.world.database, self.unwritten)
        self.frozen.clear()
        for claim in self.hanging:
            outbox.finish(self.world.database, [Result(claim, Decision("queued", "putus"))])
        bot = self.world.bots[0]
        for _ in range(12):
            for name in NAMES:
                bot.resume(name)
            self.time_passes(4 * 3600)
            bot.publish()
            bot.reconcile()
            bot.publish()
        self.nothing_that_was_not_approved_and_nothing_out_of_order()
        self.nothing_stands_twice()
        self.nothing_vanishes_and_states_tell_the_truth()
        for row in self.world.rows(Delivery):
            told = row.state == "uncertain" and row.needs_person
            assert row.state in ("sent", "failed", "cancelled") or told, f"{row.id} is left {row.state}"

    # Reading

    def standing(self) -> Counter[str]:
        return Counter(post.key for stage in self.world.stages.values() for post in stage.posts)

    def some(self, model: Any, pick: int) -> Any:
        rows = self.world.rows(model)
        return rows[pick % len(rows)] if rows else None


@pytest.fixture
def world(settings: dict[str, Any], open_bot: Any, tmp_path: Path) -> World:
    settings["humasbot"] |= {"settle": "90s", "threads": 2}
    settings["accounts"] = {name: {"platform": "played", "stage": f"{tmp_path}/{name}"} for name in NAMES}
    with time_machine.travel(START, tick=False):
        bots = (open_bot(settings), open_bot(settings))
    stages = {name: played.STAGES.setdefault(f"{tmp_path}/{name}", played.Stage()) for name in NAMES}
    return World(bots, stages)


def explore(world: World, examples: int, steps: int) -> None:
    hs.run_state_machine_as_test(
        lambda: Promise(world),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.slow
def test_promise_holds(world: World) -> None:
    explore(world, examples=20, steps=30)


@pytest.mark.slow
def test_promise_holds_through_many_interleavings(world: World) -> None:
    explore(world, examples=INTERLEAVINGS, steps=60)

"""The seat: publishing threads share one core, and nothing else of the process is bound to it."""

import os
import secrets
import subprocess
import sys
import threading

import pytest

from humasbot.pipeline.hands import Hands
from humasbot.pipeline.seat import Seat

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
several = pytest.mark.skipif(len(CORES) < 2, reason="needs affinity and two cores")


def mine() -> set[int]:
    return set(os.sched_getaffinity(0))


@several
def test_a_thread_sits_on_one_core_and_is_free_again_afterwards() -> None:
    seat = Seat()
    seat.open()
    with seat.taken():
        assert len(mine()) == 1
    assert mine() == set(CORES)


@several
def test_all_threads_of_a_round_sit_together_and_the_process_stays_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seat = Seat()
    seat.open()
    monkeypatch.setattr("humasbot.pipeline.hands.SEAT", seat)
    hands = Hands(3, "test")
    found: list[frozenset[int]] = []
    together = threading.Barrier(4, timeout=10)

    def call() -> None:
        found.append(frozenset(mine()))
        together.wait()

    for _ in range(3):
        hands.submit(call)
    together.wait()
    hands.close()
    assert len(set(found)) == 1
    assert len(found[0]) == 1
    assert mine() == set(CORES)


def test_a_seat_that_was_never_opened_moves_nobody() -> None:
    before = mine() if CORES else set()
    with Seat().taken():
        assert not CORES or mine() == before


@several
def test_processes_sit_on_cores_of_their_own_as_long_as_there_are_enough() -> None:
    sign = f"humasbot-test-{secrets.token_hex(4)}"
    code = f"from humasbot.pipeline.seat import Seat; s = Seat({sign!r}); s.open(); print(s._core, flush=True); input()"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in CORES
    ]
    try:
        taken = [int(process.stdout.readline()) for process in running if process.stdout]
    finally:
        for process in running:
            process.kill()
            process.communicate()
    assert sorted(taken) == CORES
    late = Seat(sign)
    late.open()
    assert late._core in CORES  # those who died left nothing behind

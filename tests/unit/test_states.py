"""What follows an attempt, and a look: the whole table, and what must never follow."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humasbot.content import Receipt
from humasbot.errors import (
    AuthExpired,
    ConfigError,
    FetchError,
    HumasbotError,
    InputError,
    NotFoundError,
    PublishError,
    RateLimited,
    Rejected,
    Retryable,
    StateError,
    TemplateError,
    Uncertain,
    Unsupported,
)
from humasbot.media import MediaLost
from humasbot.states import (
    FIRST_BACKOFF,
    LONGEST_BACKOFF,
    LONGEST_WAIT,
    LOOKS,
    MAX_ATTEMPTS,
    MAX_RESENDS,
    RATE_HOLD,
    Decision,
    after_attempt,
    after_look,
    backoff,
    before_call,
    look_delay,
    plain,
    sentence,
    unanswered,
    unsent,
    whole,
)

SENT = Receipt("1", "https://contoh.go.id/1")
NOTHING = timedelta(0)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
SETTLE = timedelta(seconds=90)
FOR_EVER = timedelta(days=36_500)


@pytest.fixture(autouse=True)
def indonesian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUMASBOT_LANG", raising=False)


class Mute(Exception):
    """A stranger's error that fails even at telling what it is."""

    def __str__(self) -> str:
        raise RuntimeError


class Lookalike(Exception):
    """A stranger's error that looks like one of ours."""

    status = 429
    retry_after = timedelta(0)


UNFORESEEN = (
    RuntimeError("x"), KeyError("id"), TimeoutError(), ConnectionResetError(104, "reset"), MemoryError(),
    RecursionError(), KeyboardInterrupt(), SystemExit(1), GeneratorExit(), Mute(), Lookalike("429"), ValueError(),
    UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates"), AssertionError(), NotImplementedError(),
    ExceptionGroup("banyak", [Retryable("x")]), HumasbotError("x"), PublishError("x"), Unsupported("x"),
    ConfigError("x"), TemplateError("x"), StateError("x"), InputError("x"), NotFoundError("x"), FetchError("x"),
    MediaLost("x"), Uncertain("x"), Uncertain("x", status=503),
)  # fmt: skip
WAITS = st.none() | st.timedeltas()
KNOWN = (
    st.builds(Rejected, st.text(), status=st.integers() | st.none())
    | st.builds(AuthExpired, st.text())
    | st.builds(Retryable, st.text(), retry_after=WAITS)
    | st.builds(RateLimited, st.text(), retry_after=WAITS)
    | st.builds(Uncertain, st.text())
)
ANY = KNOWN | st.sampled_from(UNFORESEEN)


# --- after an attempt ------------------------------------------------------------------------------------------


def test_a_receipt_is_sent() -> None:
    assert after_attempt(SENT, 1) == Decision("sent")


def test_a_refusal_fails_and_wants_a_person() -> None:
    decision = after_attempt(Rejected("X: HTTP 400 – duplikat"), 1)
    assert decision == Decision("failed", "X: HTTP 400 – duplikat", person=True)


def test_a_dead_credential_waits_with_its_account_and_costs_nothing() -> None:
    assert after_attempt(AuthExpired("X: HTTP 401"), 12) == Decision(
        "queued", "X: HTTP 401", pause=True, counts=False
    )


@pytest.mark.parametrize(
    ("asked", "hold"),
    [
        (None, RATE_HOLD),
        (NOTHING, RATE_HOLD),
        (-MINUTE, RATE_HOLD),
        (15 * MINUTE, 15 * MINUTE),
        (FOR_EVER, LONGEST_WAIT),
        (timedelta.max, LONGEST_WAIT),
    ],
)
def test_a_used_up_quota_holds_the_account_and_costs_nothing(
    asked: timedelta | None, hold: timedelta
) -> None:
    decision = after_attempt(RateLimited("X: HTTP 429", retry_after=asked), 99)
    assert decision == Decision("queued", "X: HTTP 429", delay=hold, hold=hold, counts=False)


def test_what_can_be_tried_again_is_tried_again_twelve_times() -> None:
    for attempts in range(1, MAX_ATTEMPTS):
        decision = after_attempt(Retryable("X: HTTP 503"), attempts)
        assert (decision.state, decision.counts, decision.hold, decision.pause) == (
            "queued",
            True,
            None,
            False,
        )
        assert decision.delay > NOTHING
    decision = after_attempt(Retryable("X: HTTP 503"), MAX_ATTEMPTS)
    assert decision == Decision("failed", "X: HTTP 503 (menyerah setelah 12 kali)", person=True)


def test_the_platform_may_ask_for_a_longer_wait_but_not_for_ever() -> None:
    assert after_attempt(Retryable("x", retry_after=10 * DAY), 1).delay == LONGEST_WAIT
    assert after_attempt(Retryable("x", retry_after=2 * LONGEST_BACKOFF), 1).delay == 2 * LONGEST_BACKOFF
    assert after_attempt(Retryable("x", retry_after=timedelta(seconds=1)), 9).delay >= LONGEST_BACKOFF * 0.75
    assert after_attempt(Retryable("x", retry_after=-FOR_EVER), 1).delay >= FIRST_BACKOFF * 0.75


@pytest.mark.parametrize("error", UNFORESEEN, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("attempts", [1, MAX_ATTEMPTS, 1000])
def test_doubt_and_everything_unforeseen_is_uncertain(error: BaseException, attempts: int) -> None:
    decision = after_attempt(error, attempts)
    assert decision == Decision("uncertain", decision.reason)
    assert decision.reason


@given(ANY, st.integers(0, 10_000))
def test_only_what_surely_published_nothing_is_sent_again(error: BaseException, attempts: int) -> None:
    decision = after_attempt(error, attempts)
    assert decision.state in ("queued", "failed", "uncertain")
    if decision.state == "queued":
        assert isinstance(error, Retryable | AuthExpired)
    if isinstance(error, Uncertain):
        assert decision.state == "uncertain"
    assert NOTHING <= decision.delay <= LONGEST_WAIT
    assert decision.hold is None or NOTHING < decision.hold <= LONGEST_WAIT
    assert decision.person == (decision.state == "failed")
    assert "\n" not in decision.reason
    assert len(decision.reason) <= 550


@given(st.integers(0, 10_000))
def test_backoff_grows_is_bounded_and_never_the_same(attempts: int) -> None:
    full = min(FIRST_BACKOFF * 2 ** max(0, min(attempts, 20) - 1), LONGEST_BACKOFF)
    waits = {backoff(attempts) for _ in range(20)}
    assert len(waits) > 1
    assert all(wait <= full for wait in waits)
    assert all(wait >= full * (0.75 if attempts else 0.375) for wait in waits)


# --- around the call -------------------------------------------------------------------------------------------


@given(ANY, st.integers(1, 2 * MAX_ATTEMPTS))
def test_before_the_call_nothing_can_be_uncertain(error: BaseException, attempts: int) -> None:
    decision = before_call(error, attempts)
    assert decision.state in ("queued", "failed")
    if isinstance(error, AuthExpired | ConfigError):
        assert (decision.state, decision.pause, decision.counts) == ("queued", True, False)
    elif isinstance(error, Rejected):
        assert decision.state == "failed"
    elif not isinstance(error, RateLimited):
        assert (decision.state == "failed") == (attempts >= MAX_ATTEMPTS)
        assert decision.state == "failed" or decision.delay > NOTHING


def test_a_call_that_does_not_come_back_is_uncertain() -> None:
    decision = unanswered(10.4)
    assert decision == Decision("uncertain", decision.reason)
    assert decision.reason.startswith("platform belum menjawab setelah 10 detik; ")


@pytest.mark.parametrize(
    ("answer", "receipt"),
    [
        (SENT, SENT),
        (Receipt(" 1\n", " https://x "), Receipt("1", "https://x")),
        (Receipt(12345, None), Receipt("12345", "")),  # type: ignore[arg-type]  # as a stranger may write it
        (Receipt("a\0b", "\ud800"), Receipt("ab", "?")),
        (Receipt("1", "u", datetime(2026, 11, 22)), Receipt("1", "u")),
        (
            Receipt("1", "u", datetime(2026, 11, 22, tzinfo=UTC)),
            Receipt("1", "u", datetime(2026, 11, 22, tzinfo=UTC)),
        ),
        (Receipt("1", "u", "kemarin"), Receipt("1", "u")),  # type: ignore[arg-type]  # as a stranger may write it
        (Receipt("", "https://x"), None),
        (Receipt("  ", "https://x"), None),
        (Receipt(None, "https://x"), None),  # type: ignore[arg-type]  # as a stranger may write it
        (None, None),
        (True, None),
        ({"id": "1"}, None),
    ],
)
def test_an_answer_without_a_number_is_no_receipt(answer: object, receipt: Receipt | None) -> None:
    assert whole(answer) == receipt


@given(st.text(st.characters(), max_size=30))
def test_plain_text_can_always_be_written(text: str) -> None:
    clean = plain(text)
    assert clean.encode().decode() == clean
    assert "\0" not in clean
    assert len(clean) == len(text) - text.count("\0")


# --- after a look ----------------------------------------------------------------------------------------------


def look(
    outcome: Receipt | BaseException | None, age: timedelta, looks: int = 1, attempts: int = 1
) -> Decision:
    return after_look(outcome, looks=looks, age=age, settle=SETTLE, give_up=DAY, attempts=attempts)


def test_found_is_sent() -> None:
    assert look(SENT, NOTHING) == Decision("sent", "ditemukan di platform")


def test_absence_is_believed_once_it_has_settled() -> None:
    assert look(None, SETTLE - timedelta(seconds=20)) == Decision(
        "uncertain", "belum terlihat; diperiksa lagi", delay=timedelta(seconds=20)
    )
    assert look(None, SETTLE) == Decision("queued", "pasti belum terbit; dikirim lagi")
    assert look(None, 3 * DAY).state == "queued"


def test_what_is_absent_and_uncertain_again_and_again_is_a_person_s_task() -> None:
    assert look(None, SETTLE, attempts=MAX_RESENDS - 1).state == "queued"
    words = f"{MAX_RESENDS} kali dikirim dan tetap tidak pasti; periksa sendiri"
    assert look(None, SETTLE, attempts=MAX_RESENDS) == Decision(
        "uncertain", words, delay=LOOKS[-1], person=True
    )
    assert not look(None, NOTHING, attempts=MAX_RESENDS).person
    assert look(SENT, SETTLE, attempts=MAX_RESENDS).state == "sent"


def test_a_clock_that_was_set_back_does_not_make_us_wait_for_it() -> None:
    assert look(None, -DAY) == Decision("uncertain", "belum terlihat; diperiksa lagi", delay=SETTLE)


def test_a_platform_that_cannot_look_is_a_person_s_task() -> None:
    decision = look(Unsupported("papan tidak dapat mencari"), NOTHING)
    assert decision == Decision("uncertain", "papan tidak dapat mencari", delay=DAY, person=True)


def test_a_dead_credential_pauses_the_account_and_wants_a_person() -> None:
    decision = look(AuthExpired("X: HTTP 401"), NOTHING, looks=2)
    assert decision == Decision("uncertain", "X: HTTP 401", delay=LOOKS[2], pause=True, person=True)


def test_a_platform_that_cannot_be_asked_is_asked_later_and_then_a_person() -> None:
    assert look(Uncertain("tidak jelas"), MINUTE) == Decision("uncertain", "tidak jelas", delay=LOOKS[1])
    waiting = look(RateLimited("429", retry_after=20 * MINUTE), MINUTE)
    assert waiting == Decision("uncertain", "429", delay=20 * MINUTE)
    assert look(Retryable("503", retry_after=FOR_EVER), MINUTE).delay == LONGEST_WAIT
    assert look(Retryable("503"), DAY) == Decision("uncertain", "503", delay=LOOKS[-1], person=True)


OUTCOMES = st.none() | st.just(SENT) | ANY


@given(
    OUTCOMES,
    st.integers(1, 500),
    st.integers(1, 2 * MAX_RESENDS),
    st.timedeltas(),
    st.timedeltas(NOTHING, DAY),
    st.timedeltas(NOTHING, 9 * DAY),
)
def test_only_a_settled_absence_is_sent_again(
    outcome: Receipt | BaseException | None,
    looks: int,
    attempts: int,
    age: timedelta,
    settle: timedelta,
    give_up: timedelta,
) -> None:
    decision = after_look(outcome, looks=looks, age=age, settle=settle, give_up=give_up, attempts=attempts)
    absent = outcome is None and max(age, NOTHING) >= settle
    assert (decision.state == "queued") == (absent and attempts < MAX_RESENDS)
    assert (decision.state == "sent") == isinstance(outcome, Receipt)
    assert decision.state in ("queued", "sent", "uncertain")
    assert NOTHING <= decision.delay <= max(LONGEST_WAIT, give_up)
    if isinstance(outcome, BaseException) and age >= give_up:
        assert decision.person


def test_looks_come_ever_more_seldom_and_go_on() -> None:
    waits = [look_delay(looks) for looks in range(1, 50)]
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=20)
    assert waits[-1] == LOOKS[-1]


# --- what has no Delivery --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refused", "dry_run", "state"),
    [
        ("tidak perlu", True, "refused"),
        ("tidak perlu", False, "refused"),
        ("", True, "dry-run"),
        ("", False, "waiting"),
        (True, True, "refused"),
        (False, True, "dry-run"),
    ],
)
def test_what_has_no_delivery_is_refused_or_a_dry_run_or_waits(
    refused: str | bool, dry_run: bool, state: str
) -> None:
    assert unsent(refused, dry_run=dry_run) == state


# --- the sentence ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Rejected("X: HTTP 400 –\n  teks\tterlalu panjang"), "X: HTTP 400 – teks terlalu panjang"),
        (MediaLost("gambar hilang"), "gambar hilang"),
        (ConfigError("satu", "dua"), "satu dua"),
        (KeyError("id"), "KeyError: 'id'"),
        (Lookalike("terlalu sering"), "Lookalike: terlalu sering"),
        (TimeoutError(), "TimeoutError"),
        (Retryable(""), "Retryable"),
        (Mute(), "Mute"),
        (Retryable("x" * 900), "x" * 500),
    ],
)
def test_an_error_is_one_line(error: BaseException, words: str) -> None:
    assert sentence(error) == words

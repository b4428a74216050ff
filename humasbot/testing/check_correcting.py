"""Promises about corrections: an edit changes the words of the right post and nothing else, a reply answers it once."""

from dataclasses import replace

import pytest

from humasbot.content import Outgoing, Receipt
from humasbot.errors import PublishError, Rejected, Retryable, Uncertain
from humasbot.platforms.base import supports
from humasbot.testing.harness import Fault, Harness, Notes, When
from humasbot.testing.rules import FAULTS, broken, check, expected, find, kind, no_secret, published


def _needs(harness: Harness, method: str) -> None:
    if not supports(harness.platform, method):
        pytest.skip(f"the platform does not claim {method}()")


def _first(harness: Harness) -> tuple[Outgoing, Receipt]:
    outgoing = harness.outgoing(0, pictures=min(1, harness.publisher().limits.max_media))
    return outgoing, published(harness, outgoing)


def _corrected(outgoing: Outgoing) -> Outgoing:
    words = outgoing.text.splitlines()[0]
    return replace(outgoing, key=f"{outgoing.key}-ralat", text=f"Ralat: loket tutup pukul 12.\n{words}")


def _call(harness: Harness, method: str, receipt: Receipt, outgoing: Outgoing) -> Receipt | PublishError:
    try:
        answer = getattr(harness.publisher(), method)(receipt, outgoing, Notes())
    except PublishError as error:
        no_secret(harness, error)
        return error
    except Exception as error:
        raise broken(
            f"{method}() let {type(error).__name__} out, which is no PublishError: {error}"
        ) from error
    check(isinstance(answer, Receipt), f"{method}() returned {answer!r}")
    return answer  # type: ignore[no-any-return]  # checked just above


def _edited(harness: Harness, receipt: Receipt, outgoing: Outgoing) -> None:
    answer = _call(harness, "edit", receipt, outgoing)
    if isinstance(answer, PublishError):
        raise broken(f"edit() raised {type(answer).__name__} though nothing was wrong: {answer}")
    check(
        (answer.remote_id, answer.url) == (receipt.remote_id, receipt.url),
        f"edit() of {receipt!r} gave {answer!r}",
    )


def _shows_only(harness: Harness, receipt: Receipt, outgoing: Outgoing) -> None:
    """The post is there once, with those words and its own pictures."""
    posts = {seen.remote_id: seen for seen in harness.posts()}
    check(len(posts) == len(harness.posts()), "a post is there twice")
    seen = posts.get(receipt.remote_id)
    if seen is None:
        raise broken("after the edit the post has another id, or is gone")
    if seen.text is not None:
        check(seen.text == outgoing.text, f"the text is {seen.text!r}, it should be {outgoing.text!r}")
    if seen.pictures is not None:
        check(seen.pictures == tuple(m.digest for m in outgoing.media), "the edit changed the pictures")
    if seen.alts is not None:
        check(seen.alts == tuple(m.alt for m in outgoing.media), "the edit changed the alt texts")


class CorrectingChecks:
    """Mixed into :class:`~humasbot.testing.PublisherSuite`."""

    def test_edit_changes_the_words_only(self, harness: Harness) -> None:
        """The right post, its words, no pictures, no other post."""
        _needs(harness, "edit")
        outgoing, receipt = _first(harness)
        other = harness.outgoing(1)
        neighbour = published(harness, other)
        wish = _corrected(outgoing)
        check(not (found := harness.publisher().validate_edit(receipt, wish)), f"validate_edit(): {found}")
        _edited(harness, receipt, wish)
        check(len(harness.posts()) == 2, f"after an edit there are {len(harness.posts())} posts, not 2")
        _shows_only(harness, receipt, wish)
        _shows_only(harness, neighbour, other)

    def test_the_same_edit_twice_is_one(self, harness: Harness) -> None:
        """After a lost answer the core makes the edit again; that is no error."""
        _needs(harness, "edit")
        outgoing, receipt = _first(harness)
        for _ in range(2):
            _edited(harness, receipt, _corrected(outgoing))
        _shows_only(harness, receipt, _corrected(outgoing))

    @pytest.mark.parametrize("fault", FAULTS)
    def test_fault_while_editing(self, harness: Harness, fault: Fault) -> None:
        """The right error; then made again it stands there once, with the new words."""
        _needs(harness, "edit")
        outgoing, receipt = _first(harness)
        harness.fault(fault, When.EDITING)
        answer = _call(harness, "edit", receipt, _corrected(outgoing))
        harness.heal()
        if isinstance(answer, Receipt):
            raise broken(f"{fault} while editing must raise; edit() returned {answer!r} instead")
        right = expected(fault, When.EDITING)
        either = (Retryable, Uncertain) if right is Uncertain else (right,)
        check(kind(answer) in either, f"{fault} while editing raised {kind(answer).__name__}: {answer}")
        if isinstance(answer, Rejected):
            _shows_only(harness, receipt, outgoing)
        else:
            _edited(harness, receipt, _corrected(outgoing))
            _shows_only(harness, receipt, _corrected(outgoing))

    def test_reply_answers_the_post(self, harness: Harness) -> None:
        """One more post, with its own id, under the right one."""
        _needs(harness, "reply")
        _, receipt = _first(harness)
        neighbour = published(harness, harness.outgoing(1))
        wish = replace(harness.outgoing(2), reply_to=receipt.remote_id, media=())
        answer = _call(harness, "reply", receipt, wish)
        if isinstance(answer, PublishError):
            raise broken(f"reply() raised {type(answer).__name__} though nothing was wrong: {answer}")
        answers = harness.answers(receipt.remote_id)
        check(
            [seen.remote_id for seen in answers] == [answer.remote_id],
            f"reply() gave {answer!r}, {len(answers)} posts answer it: {answers!r}",
        )
        check(answers[0].text in (None, wish.text), f"the answer says {answers[0].text!r}")
        check(not harness.answers(neighbour.remote_id), "the reply answers another post")

    def test_a_lost_reply_is_not_sent_twice(self, harness: Harness) -> None:
        """It is uncertain, and looking for it finds it, or says that it cannot tell."""
        _needs(harness, "reply")
        _, receipt = _first(harness)
        wish = replace(harness.outgoing(1), reply_to=receipt.remote_id, media=())
        harness.fault(Fault.ANSWER_LOST_AFTER_ACCEPT, When.PUBLISHING)
        answer = _call(harness, "reply", receipt, wish)
        harness.heal()
        check(isinstance(answer, Uncertain), f"a lost answer to a reply gave {answer!r}")
        if not supports(harness.platform, "find_existing"):
            return
        found = find(harness, wish)
        if isinstance(found, Receipt):
            check(
                [s.remote_id for s in harness.answers(receipt.remote_id)] == [found.remote_id],
                "found another",
            )
        else:
            check(isinstance(found, Uncertain), f"find_existing() says {found!r} of a public reply")

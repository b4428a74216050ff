"""Publishers that break a promise of looking, of figures or of corrections; as :mod:`broken_publishers`."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from broken_publishers import caught_by
from toy import Toy

from humasbot.content import Checkpoint, Metrics, Outgoing, Receipt
from humasbot.errors import (
    PublishError,
    Rejected,
    Uncertain,
    Unsupported,
)
from humasbot.testing import When

# Looking.


@caught_by("test_find_existing_admits_that_it_cannot_look")
class TakesSilenceForAbsence(Toy):
    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        try:
            return super().find_existing(outgoing, since)
        except PublishError:
            return None


@caught_by(
    "test_find_existing_finds_it", "test_fault_while_publishing", "test_find_existing_looks_behind_a_crowd"
)
class NeverFindsAnything(Toy):
    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        self.call(When.LOOKING, list)
        return None


@caught_by("test_find_existing_says_none_of_what_is_absent")
class NeverSaysAbsent(Toy):
    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        found = super().find_existing(outgoing, since)
        if found is None:
            raise Uncertain("who knows")
        return found


@caught_by("test_find_existing_looks_behind_a_crowd")
class LooksAtOnePageOnly(Toy):
    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        page = self.call(When.LOOKING, lambda: self.server.page(0))
        return next((self.receipt(p["id"]) for p in page if self.same(p, outgoing, since)), None)


@caught_by("test_find_existing_is_not_fooled_by_a_similar_text")
class ComparesBeginnings(Toy):
    def same(self, post: Mapping[str, Any], outgoing: Outgoing, since: datetime) -> bool:
        return outgoing.text[:40] == post["text"][:40]


@caught_by("test_find_existing_leaves_old_posts_alone")
class ForgetsSince(Toy):
    def same(self, post: Mapping[str, Any], outgoing: Outgoing, since: datetime) -> bool:
        return bool(outgoing.text == post["text"])


@caught_by("test_find_existing_finds_it")
class ClaimsToLook(Toy):
    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        raise Unsupported("not yet")


@caught_by("test_delete_takes_the_post_back")
class FailsWhenAlreadyGone(Toy):
    def delete(self, receipt: Receipt) -> None:
        self.call(When.LOOKING, lambda: self.server.delete(receipt.remote_id))


@caught_by("test_unreachable_is_an_error")
class MakesFiguresUp(Toy):
    def metrics(self, receipt: Receipt) -> Metrics:
        return Metrics(views=0)


@caught_by("test_metrics_are_numbers")
class CountsInText(Toy):
    def metrics(self, receipt: Receipt) -> Metrics:
        return Metrics(views="12")  # type: ignore[arg-type]  # the planted fault


@caught_by("test_verify_tells_what_is_wrong")
class VerifiesWithoutAsking(Toy):
    def verify(self) -> str:
        return "Dinas Contoh"


@caught_by("test_verify_names_the_account")
class VerifiesNobody(Toy):
    def verify(self) -> str:
        super().verify()
        return ""


# Corrections.


@caught_by("test_edit_changes_the_words_only")
class EditsTheNewestPost(Toy):
    def edit(self, receipt: Receipt, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        super().edit(self.receipt(self.server.posts[-1]["id"]), outgoing, checkpoint)
        return receipt


@caught_by("test_edit_changes_the_words_only", "test_the_same_edit_twice_is_one", "test_fault_while_editing")
class EditsByDeletingAndPostingAnew(Toy):
    def edit(self, receipt: Receipt, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        self.delete(receipt)
        return self.receipt(str(self.call(When.EDITING, lambda: self.server.post(outgoing.text, "", []))))


@caught_by("test_edit_changes_the_words_only", "test_the_same_edit_twice_is_one", "test_fault_while_editing")
class LosesThePicturesByAnEdit(Toy):
    def edit(self, receipt: Receipt, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        found = super().edit(receipt, outgoing, checkpoint)
        next(p for p in self.server.posts if p["id"] == receipt.remote_id)["media"] = []
        return found


@caught_by("test_the_same_edit_twice_is_one", "test_fault_while_editing")
class RefusesTheSameEditAgain(Toy):
    def edit(self, receipt: Receipt, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        if any(p["text"] == outgoing.text for p in self.server.posts):
            raise Rejected("message is not modified")
        return super().edit(receipt, outgoing, checkpoint)


@caught_by("test_fault_while_editing")
class CallsALostEditDone(Toy):
    def edit(self, receipt: Receipt, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        try:
            return super().edit(receipt, outgoing, checkpoint)
        except Uncertain:
            return receipt


@caught_by("test_reply_answers_the_post")
class RepliesToNobody(Toy):
    def reply(self, receipt: Receipt, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        return self.publish(replace(outgoing, reply_to=""), checkpoint)


@caught_by("test_a_lost_reply_is_not_sent_twice")
class DoesNotLookAmongReplies(Toy):
    def same(self, post: Mapping[str, Any], outgoing: Outgoing, since: datetime) -> bool:
        return super().same(post, outgoing, since) and not post["reply_to"]

"""Publishers that each break one promise, and the tests of the suite that must notice."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from threading import Barrier, BrokenBarrierError
from typing import Any

from toy import Toy, ToyHarness

from humasbot.content import Checkpoint, Limits, Outgoing, Receipt
from humasbot.errors import (
    AuthExpired,
    Problem,
    PublishError,
    RateLimited,
    Rejected,
    Retryable,
    Uncertain,
)
from humasbot.net import Http
from humasbot.platforms.base import Publisher, Setting
from humasbot.testing import Fault, When

PLANTED: dict[type[Publisher], set[str]] = {}
"""The broken publisher and the tests that must fail on it."""


def caught_by(*tests: str) -> Any:
    def plant(cls: type[Publisher]) -> type[Publisher]:
        PLANTED[cls] = set(tests)
        return cls

    return plant


# Lost answers, and what the core does after them.


@caught_by("test_fault_while_publishing")
class SwallowsTimeout(Toy):
    def send(self, outgoing: Outgoing, media: list[str]) -> str:
        try:
            return super().send(outgoing, media)
        except Uncertain as error:
            raise Retryable(str(error)) from None


@caught_by("test_fault_while_publishing")
class ResendsAfterALostAnswer(Toy):
    def send(self, outgoing: Outgoing, media: list[str]) -> str:
        try:
            return super().send(outgoing, media)
        except Uncertain:
            return super().send(outgoing, media)


@caught_by("test_fault_while_publishing")
class RetriesByItself(Toy):
    def send(self, outgoing: Outgoing, media: list[str]) -> str:
        try:
            return super().send(outgoing, media)
        except Retryable:
            return super().send(outgoing, media)


@caught_by("test_fault_while_publishing")
class LetsAStrangeErrorOut(Toy):
    def send(self, outgoing: Outgoing, media: list[str]) -> str:
        try:
            return super().send(outgoing, media)
        except Uncertain as error:
            raise ValueError("Expecting value: line 1 column 1") from error


@caught_by("test_fault_while_publishing")
class CallsADeadCredentialARefusal(Toy):
    def send(self, outgoing: Outgoing, media: list[str]) -> str:
        try:
            return super().send(outgoing, media)
        except AuthExpired as error:
            raise Rejected(str(error)) from None


@caught_by("test_fault_while_publishing")
class ForgetsTheWait(Toy):
    def send(self, outgoing: Outgoing, media: list[str]) -> str:
        try:
            return super().send(outgoing, media)
        except RateLimited as error:
            raise RateLimited(str(error)) from None


@caught_by("test_fault_while_publishing")
class RaisesTheBaseClass(Toy):
    def send(self, outgoing: Outgoing, media: list[str]) -> str:
        try:
            return super().send(outgoing, media)
        except PublishError as error:
            raise PublishError(str(error)) from None


@caught_by("test_a_drip_is_not_waited_for")
class WaitsForEveryByte(Toy):
    waits_for_ever = True


@caught_by("test_a_redirect_is_not_followed")
class GoesWhereItIsLed(Toy):
    def call(self, when: When, action: Any) -> Any:
        led = self.server.faults and self.server.faults[0][0] is Fault.REDIRECT
        if led:
            Http().request("POST", self.server.elsewhere, json_body={"token": "…"})
        return super().call(when, action)


@caught_by("test_fault_while_preparing")
class DoubtsBeforePublishing(Toy):
    def step(self, checkpoint: Checkpoint, n: int, media: Any) -> str:
        try:
            return super().step(checkpoint, n, media)
        except Retryable as error:
            raise Uncertain(str(error)) from None


# The checkpoint.


@caught_by("test_restart_repeats_no_finished_step")
class IgnoresTheCheckpoint(Toy):
    def step(self, checkpoint: Checkpoint, n: int, media: Any) -> str:
        done = str(self.call(When.PREPARING, lambda: self.server.upload(media)))
        checkpoint.save(f"media:{n}", done)
        return done


@caught_by("test_restart_repeats_no_finished_step")
class NeverSaves(Toy):
    def step(self, checkpoint: Checkpoint, n: int, media: Any) -> str:
        return str(self.call(When.PREPARING, lambda: self.server.upload(media)))


@caught_by("test_restart_repeats_no_finished_step")
class SavesOnePictureForAll(Toy):
    def step(self, checkpoint: Checkpoint, n: int, media: Any) -> str:
        done = checkpoint.get("media") if n else None
        if done is None:
            done = str(self.call(When.PREPARING, lambda: self.server.upload(media)))
            checkpoint.save("media", done)
        return done


@caught_by("test_restart_repeats_no_finished_step")
class PublishesAgainAfterItsOwnNote(Toy):
    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        receipt = super().publish(outgoing, checkpoint)
        checkpoint.save("published", receipt.remote_id)
        return receipt


# What arrives.


@caught_by(
    "test_text_arrives_unchanged", "test_longest_text_is_accepted", "test_eight_threads_share_one_publisher"
)
class RewritesTheText(Toy):
    def send(self, outgoing: Outgoing, media: list[str]) -> str:
        return super().send(replace(outgoing, text=outgoing.text.replace("\n", " ")), media)


@caught_by("test_link_arrives")
class LosesTheLink(Toy):
    def send(self, outgoing: Outgoing, media: list[str]) -> str:
        text = outgoing.text.replace(outgoing.link, "") if outgoing.link else outgoing.text
        return super().send(replace(outgoing, text=text, link=""), media)


@caught_by("test_pictures_arrive_in_order_with_their_alt_texts")
class ForgetsTheAltText(Toy):
    def step(self, checkpoint: Checkpoint, n: int, media: Any) -> str:
        return super().step(checkpoint, n, replace(media, alt=""))


@caught_by("test_pictures_arrive_in_order_with_their_alt_texts")
class TurnsTheOrder(Toy):
    def send(self, outgoing: Outgoing, media: list[str]) -> str:
        return super().send(outgoing, media[::-1])


@caught_by("test_pictures_arrive_in_order_with_their_alt_texts")
class PromisesFivePictures(Toy):
    limits = replace(Toy.limits, max_media=5)


@caught_by("test_receipt_names_the_post")
class NamesNoAddress(Toy):
    def receipt(self, name: str) -> Receipt:
        return Receipt(name, f"/{name}")


@caught_by("test_receipt_names_the_post", "test_two_posts_are_two")
class NamesTheUpload(Toy):
    def receipt(self, name: str) -> Receipt:
        return Receipt("42", "https://toy.example/42")


@caught_by("test_two_posts_are_two")
class KeepsOnePostOnly(Toy):
    def send(self, outgoing: Outgoing, media: list[str]) -> str:
        self.server.posts.clear()
        return super().send(outgoing, media)


class ClaimsIdempotencyWithoutCause(Toy):
    pass


@caught_by("test_eight_threads_share_one_publisher")
class KeepsTheDraftInItself(Toy):
    meeting = Barrier(2)

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        self.draft = outgoing
        try:
            self.meeting.wait(timeout=2)
        except BrokenBarrierError:
            pass
        return super().publish(self.draft, checkpoint)


# Limits and preflight.


@caught_by("test_longest_text_is_accepted")
class PromisesTooLongTexts(Toy):
    limits = replace(Toy.limits, max_text=300)


@caught_by(
    "test_longest_text_is_accepted",
    "test_sample_passes_validation",
    "test_validate_takes_pictures_at_the_limit",
)
class RefusesEverything(Toy):
    def validate(self, outgoing: Outgoing) -> list[Problem]:
        return [Problem("", "no")]


@caught_by("test_validate_finds_every_fault")
class ChecksNothing(Toy):
    def validate(self, outgoing: Outgoing) -> list[Problem]:
        return []


@caught_by("test_limits_are_dated_with_their_source")
class SaysNoSource(Toy):
    limits = Limits(280, "everybody knows", date(2026, 11, 22))


@caught_by("test_class_introduces_itself")
class HasNoWords(Toy):
    settings = (Setting("server", "", ""), Toy.settings[1])


@caught_by("test_settings_are_checked_all_at_once")
class TakesAnySettings(Toy):
    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Any:
        return cls(settings.get("server", "") or next(iter(ToyHarness().settings.values())), "")


# Secrets.


@caught_by("test_secrets_are_not_in_the_repr")
class PrintsItsToken(Toy):
    def __repr__(self) -> str:
        return f"PrintsItsToken({self.token!r})"


@caught_by("test_fault_while_publishing", "test_fault_while_preparing", "test_verify_tells_what_is_wrong")
class LeaksTheTokenInErrors(Toy):
    def call(self, when: When, action: Any) -> Any:
        try:
            return super().call(when, action)
        except PublishError as error:
            raise type(error)(f"{error} (Bearer {self.token})") from None


@caught_by("test_fault_while_publishing")
class LeaksTheTokenInTheCause(Toy):
    def call(self, when: When, action: Any) -> Any:
        try:
            return super().call(when, action)
        except PublishError as error:
            raise error from ConnectionError(f"/posts?token={self.token}")


@caught_by("test_text_arrives_unchanged")
class LogsTheToken(Toy):
    def send(self, outgoing: Outgoing, media: list[str]) -> str:
        logging.getLogger("toy.http").debug("POST /posts?access_token=%s", self.token)
        return super().send(outgoing, media)


PLANTED[ClaimsIdempotencyWithoutCause] = {"test_same_key_twice_is_one_post"}

"""Promises that need no publication: what the class says of itself, its settings, limits, preflight and secrets."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import count

import pytest

from humasbot.content import Limits, Media, Outgoing
from humasbot.errors import ConfigError
from humasbot.testing.harness import Harness, picture
from humasbot.testing.rules import broken, check, only, published

PROOFS = ("real server", "third-party emulator", "official contract", "documentation")
_LONGEST = 300_000


def boundary_text(base: str, limits: Limits) -> str:
    """*base* lengthened to the longest text that ``limits`` let through."""
    low, high = len(base), limits.max_text + len(base) + 1
    check(limits.fits(base), "the sample text itself does not fit the limits")
    check(high < _LONGEST, f"max_text = {limits.max_text} is no limit")
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if limits.fits(_fill(base, middle)) else (low, middle - 1)
    return _fill(base, low)


def _fill(base: str, length: int) -> str:
    return base + "".join(
        "x" if n % 9 else " " for _, n in zip(range(length - len(base)), count(1), strict=False)
    )


def _over(limits: Limits, sample: Outgoing) -> dict[str, Callable[[], Outgoing]]:
    """Ways to break each limit by one, by name."""
    media = picture(0, limits.media_types[0]) if limits.media_types else picture(0)

    def one(**change: object) -> Callable[[], Outgoing]:
        return lambda: replace(sample, media=(replace(media, **change),))  # type: ignore[arg-type]  # by name

    ways: dict[str, Callable[[], Outgoing]] = {
        "text": lambda: replace(sample, text=boundary_text(sample.text, limits) + "xx"),
        "empty text": lambda: replace(sample, text=" \n"),
        "number of pictures": lambda: replace(sample, media=(media,) * (limits.max_media + 1)),
    }
    if limits.max_media:
        ways |= {
            "bytes of a picture": one(data=bytes(limits.max_media_bytes + 1)),
            "type of a picture": one(mime="image/x-unknown"),
            "missing alt text": one(alt=" "),
            "alt text": one(alt="a" * (limits.max_alt + 1)),
        }
    if limits.max_media and limits.max_pixels is not None:
        ways["pixels"] = one(width=limits.max_pixels + 1, height=1)
    if limits.needs_media:
        ways["no picture"] = lambda: replace(sample, media=())
    return ways


def _build(harness: Harness, settings: dict[str, str]) -> ConfigError:
    try:
        harness.platform.from_settings(settings)
    except ConfigError as error:
        return error
    except Exception as error:
        raise broken(
            f"from_settings() let {type(error).__name__} out instead of ConfigError: {error}"
        ) from error
    raise broken(f"from_settings() accepted the settings {sorted(settings)}")


class FormChecks:
    """Mixed into :class:`~humasbot.testing.PublisherSuite`."""

    def test_class_introduces_itself(self, harness: Harness) -> None:
        """Name, title, proof, and every setting in both languages."""
        cls = harness.platform
        check(cls.name == cls.name.lower() and cls.name.replace("_", "").isalnum(), f"name = {cls.name!r}")
        check(bool(cls.title.strip()), "title is empty")
        check(cls.proof in PROOFS, f"proof = {cls.proof!r} is none of {PROOFS}")
        names = [s.name for s in cls.settings]
        check(len(names) == len(set(names)), f"a setting is named twice: {names}")
        for setting in cls.settings:
            check(bool(setting.indonesian.strip() and setting.english.strip()), f"{setting.name}: no words")
            check(not (setting.secret and setting.default), f"{setting.name}: a secret with a default")
        check(set(cls.shaped_by) <= set(names), f"shaped_by = {cls.shaped_by} names no setting of {names}")
        own = "limits" in vars(harness.publisher()) and not cls.shaped_by
        check(not own, "limits differ from account to account, and shaped_by does not say by which setting")

    def test_settings_are_checked_all_at_once(self, harness: Harness) -> None:
        """Whatever is missing or unknown is a ConfigError that names every one of them."""
        needed = [s.name for s in harness.platform.settings if s.required and not s.default]
        error = _build(harness, {"tak_dikenal": "x"})
        for name in (*needed, "tak_dikenal"):
            check(name in str(error), f"{name} is not named in: {error}")
        for name in needed:
            error = _build(harness, {**harness.settings, name: "  "})
            check(name in str(error), f"{name} is empty, and not named in: {error}")
            check(not any(s in str(error) for s in harness.secrets), "a secret is in a ConfigError")

    def test_limits_are_dated_with_their_source(self, harness: Harness) -> None:
        """Every number can be checked again: a page, and the day it was read."""
        limits = harness.publisher().limits
        check("." in limits.source and "/" in limits.source, f"source = {limits.source!r} is no page")
        check(date(2020, 1, 1) <= limits.as_of <= date.today(), f"as_of = {limits.as_of}")  # noqa: DTZ011  # a day
        check(limits.max_text > 0 and limits.max_media >= 0 and limits.max_media_bytes > 0, repr(limits))
        known = {"image/jpeg", "image/png", "image/webp", "image/gif"}
        check(set(limits.media_types) <= known, f"media_types = {limits.media_types}")
        check(bool(limits.media_types) or not limits.max_media, "pictures of no type")
        check(limits.count("") == 0, f"count('') = {limits.count('')}")
        check(min(limits.card_size) > 0, f"card_size = {limits.card_size}")

    def test_sample_passes_validation(self, harness: Harness) -> None:
        """What the harness offers as publishable has no fault."""
        publisher = harness.publisher()
        for pictures in {0, min(1, publisher.limits.max_media), publisher.limits.max_media}:
            problems = publisher.validate(harness.outgoing(0, pictures=pictures))
            check(not problems, f"validate() finds in the sample: {problems}")

    def test_validate_finds_every_fault(self, harness: Harness) -> None:
        """One over each limit is found before anything is sent."""
        publisher = harness.publisher()
        for name, make in _over(publisher.limits, harness.outgoing(0)).items():
            check(bool(publisher.validate(make())), f"validate() lets through: {name}")

    def test_longest_text_is_accepted(self, harness: Harness) -> None:
        """The longest text that ``limits`` allow passes ``validate`` and the platform itself, whole."""
        publisher, sample = harness.publisher(), harness.outgoing(0)
        outgoing = replace(sample, text=boundary_text(sample.text, publisher.limits))
        check(not (found := publisher.validate(outgoing)), f"validate() refuses the longest text: {found}")
        published(harness, outgoing)
        seen = only(harness)
        check(seen.text in (None, outgoing.text), "the longest text did not arrive whole")

    def test_validate_takes_pictures_at_the_limit(self, harness: Harness) -> None:
        """Exactly as many bytes, and as long an alt text, as ``limits`` allow."""
        publisher = harness.publisher()
        limits = publisher.limits
        if not limits.max_media:
            pytest.skip("the platform takes no pictures")
        sample = harness.outgoing(0, pictures=1)
        media: Media = replace(sample.media[0], alt="a" * limits.max_alt, data=bytes(limits.max_media_bytes))
        found = publisher.validate(replace(sample, media=(media, *sample.media[1:])))
        check(not found, f"validate() refuses a picture at the limit: {found}")

    def test_secrets_are_not_in_the_repr(self, harness: Harness) -> None:
        """A publisher may be printed."""
        secret = {s.name for s in harness.platform.settings if s.secret and harness.settings.get(s.name)}
        missing = [name for name in secret if harness.settings[name] not in harness.secrets]
        check(not missing, f"Harness.secrets lacks the settings {missing}")
        publisher = harness.publisher()
        for text in (repr(publisher), str(publisher), repr(publisher.limits)):
            check(
                not any(s in text for s in harness.secrets),
                f"a secret is in {type(publisher).__name__}'s repr",
            )

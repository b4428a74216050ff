"""WhatsApp (Cloud API): an approved template to everybody on a list who consented, one by one.

Outside the 24 hours after somebody wrote to the office, WhatsApp lets only approved templates through; their words are
in the settings, so that what is approved here is what people read. Each person's answer is kept
(:mod:`humasbot.platforms.people`), and ``find_existing`` asks that ledger. No interface posts to WhatsApp Channels:
that is what the platform ``handoff`` is for.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, Self

from humasbot.content import Addressee, Answered, Checkpoint, Limits, Outgoing, Receipt
from humasbot.errors import AuthExpired, ConfigError, Problem, RateLimited, Rejected
from humasbot.platforms.base import Publisher, Setting, check_limits, read_settings
from humasbot.platforms.http import base_address, unreadable
from humasbot.platforms.people import Mailing, Mark, until_tomorrow
from humasbot.platforms.whatsapp_api import GRAPH, PAIR_LIMIT, PERSON, STOPPED, TITLE, CloudApi
from humasbot.platforms.whatsapp_words import LONGEST_BODY, Body, read_body
from humasbot.words import t

PER_SECOND = 80
"""developers.facebook.com/documentation/business-messaging/whatsapp/throughput (read 2026-11-22)."""
A_DAY = timedelta(hours=24)
MEDIA = "media"
CALLBACK = "biz_opaque_callback_data"
"""Given back with each status of the message, at most 512 characters (…/webhooks/reference/messages/status, updated
2026-05-21, read 2026-11-22): so a status tells of a message whose answer, and with it its id, was lost."""
UPLOAD_SECONDS = 90.0
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
_PHONE = re.compile(r"\+[1-9][0-9]{7,14}")
_LIST = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def _setting(name: str, indonesian: str, english: str, default: str = "") -> Setting:
    return Setting(name, indonesian, english, required=False, default=default)


class WhatsApp(Publisher):
    """One phone number with one template; see the module."""

    name: ClassVar[str] = "whatsapp"
    title: ClassVar[str] = TITLE
    proof: ClassVar[str] = "official contract"
    revoke_at: ClassVar[str] = "https://business.facebook.com/settings/system-users"
    people: ClassVar[str] = "whatsapp"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            "phone_number_id",
            "Phone number ID dari Meta",
            "the phone number ID from Meta",
            example="106540352242922",
        ),
        Setting("token", "token sistem dari Meta Business", "system token of Meta Business", secret=True),
        Setting("phone", "nomor kantor, +62…", "the office's number, +62…", example="+6281234567890"),
        Setting(
            "template", "nama templat yang disetujui", "name of the approved template", example="pengumuman"
        ),
        Setting(
            "body",
            "kata-kata templat seperti yang disetujui, dengan {{1}}",
            "the template's words as approved, with {{1}}",
            example="Kabar dari Diskominfo: {{1}} Balas BERHENTI untuk berhenti.",
        ),
        _setting(
            "parameters",
            "pengisi {{1}}, {{2}} …: title, text, link, agency",
            "what fills {{1}}, {{2}} …: title, text, link, agency",
            "text",
        ),
        _setting("header", "kepala templat: none atau image", "the template's header: none or image", "none"),
        _setting("language", "kode bahasa templat", "the template's language code", "id"),
        _setting("list", "nama daftar penerima", "name of the list", "utama"),
        _setting(
            "per_day",
            "batas orang berbeda dalam 24 jam (lihat Meta)",
            "how many people in 24 hours (see Meta)",
            "250",
        ),
        _setting("agency", "nama kantor", "name of the office", "Humas"),
        Setting(
            "app_secret",
            "rahasia aplikasi Meta, untuk webhook",
            "the Meta app's secret, for webhooks",
            True,
            False,
        ),
        Setting(
            "verify_token",
            "kata buatan sendiri untuk memeriksa webhook",
            "a word of your own that verifies the webhook",
            True,
            False,
        ),
        _setting("version", "versi Graph API", "version of the Graph API", "v23.0"),
        _setting("base_url", "alamat Graph API", "address of the Graph API", GRAPH),
    )
    shaped_by: ClassVar[tuple[str, ...]] = ("body", "header")
    limits = Limits(
        max_text=LONGEST_BODY,
        source="https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/components",
        as_of=date(2026, 11, 22),
        max_media=1,
        max_media_bytes=5_000_000,
        media_types=("image/jpeg", "image/png"),
        max_alt=1000,  # a template's picture has none; ours, for the approval
        card_size=(1200, 628),
    )

    def __init__(self, api: CloudApi, values: Mapping[str, str], body: Body) -> None:
        self._api = api
        self._values = dict(values)
        self._body = body
        self._image = values["header"] == "image"
        room = LONGEST_BODY - body.fixed
        self.limits = replace(
            type(self).limits, max_text=room, max_media=int(self._image), needs_media=self._image
        )

    def __repr__(self) -> str:
        return f"WhatsApp({self._values['phone_number_id']!r}, {self._values['template']!r})"

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """See :meth:`Publisher.from_settings`."""
        values = read_settings(cls, settings)
        problems: list[Problem] = []
        base = base_address("base_url", values["base_url"], problems)
        body = read_body(values["body"], values["parameters"], problems)
        if not problems and body.fixed >= LONGEST_BODY:
            problems.append(Problem("body", t("terlalu panjang", "too long")))
        problems += _faults(values)
        if problems:
            raise ConfigError(*problems)
        token = values.pop("token")
        for name in ("app_secret", "verify_token"):
            values.pop(name)  # the receiver of the webhooks needs them, not we
        return cls(CloudApi(token, base), values, body)

    def validate(self, outgoing: Outgoing) -> list[Problem]:
        """By the limits, and the template as it will be filled."""
        problems = check_limits(outgoing, self.limits, TITLE)
        return problems or self._body.faults(outgoing, self._values["agency"])

    def publish(self, outgoing: Outgoing, checkpoint: Checkpoint) -> Receipt:
        """The template to everybody on the list who has it not yet; its picture is uploaded once."""
        template: dict[str, Any] = {}
        day = _Day(self, int(self._values["per_day"]))

        def ready() -> None:
            if not template:
                template.update(self._template(outgoing, checkpoint))

        def send(person: Addressee, mark: Mark) -> Answered:
            day.count(person)
            mark("")
            return self._send(template, person, outgoing.key)

        self._mailing(outgoing).run(ready, send, checkpoint)
        return self._receipt(outgoing)

    def find_existing(self, outgoing: Outgoing, since: datetime) -> Receipt | None:
        """What our own ledger says: out, once everybody has an answer; absent, while sending on is safe and needed."""
        return None if self._mailing(outgoing).look() is None else self._receipt(outgoing)

    def verify(self) -> str:
        """The verified name and the number."""
        told = self._api.call("GET", f"{self._path()}?fields=display_phone_number,verified_name")
        number = str(told.get("display_phone_number", "")) if isinstance(told, dict) else ""
        if not number:
            raise unreadable(publishing=False, title=TITLE)
        if re.sub(r"\D", "", number) != self._values["phone"].lstrip("+"):
            raise AuthExpired(
                t(
                    "WhatsApp: nomor di Meta adalah {n}, bukan yang di setelan phone",
                    "WhatsApp: the number at Meta is {n}, not the one of the setting phone",
                    n=number,
                )
            )
        return f"{told.get('verified_name') or TITLE} ({number})"

    def _template(self, outgoing: Outgoing, checkpoint: Checkpoint) -> dict[str, Any]:
        values = self._body.values(outgoing, self._values["agency"])
        components: list[dict[str, Any]] = []
        if self._image:
            media = self._uploaded(outgoing, checkpoint)
            components.append({"type": "header", "parameters": [{"type": "image", "image": {"id": media}}]})
        words = [{"type": "text", "text": value} for value in values]
        components.append({"type": "body", "parameters": words})
        language = {"policy": "deterministic", "code": self._values["language"]}
        return {"name": self._values["template"], "language": language, "components": components}

    def _uploaded(self, outgoing: Outgoing, checkpoint: Checkpoint) -> str:
        known = checkpoint.get(MEDIA)
        if known:
            return known
        media = outgoing.media[0]
        fields = {
            "messaging_product": "whatsapp",
            "type": media.mime,
            "file": (f"gambar{media.suffix}", media.data, media.mime),
        }
        told = self._api.call("POST", f"{self._path()}/media", fields=fields, read=UPLOAD_SECONDS)
        if not isinstance(told, dict) or not told.get("id"):
            raise unreadable(publishing=False, title=TITLE)
        checkpoint.save(MEDIA, str(told["id"]))
        return str(told["id"])

    def _send(self, template: Mapping[str, Any], person: Addressee, key: str) -> Answered:
        message = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": person.address,
            "type": "template",
            "template": template,
            CALLBACK: key,
        }
        try:
            told = self._api.call("POST", f"{self._path()}/messages", json_body=message, publishing=True)
        except RateLimited as fault:
            if fault.code == PAIR_LIMIT:
                return Answered("later", note=str(fault))
            raise
        except Rejected as fault:
            if fault.code not in PERSON:
                raise
            if fault.code == STOPPED:
                self.directory.drop(person, "stopped", str(fault))
            return Answered("refused", note=str(fault))
        messages = told.get("messages") if isinstance(told, dict) else None
        first = messages[0] if isinstance(messages, list) and messages else None
        if not isinstance(first, dict) or not first.get("id"):
            raise unreadable(publishing=True, title=TITLE)
        return Answered("sent", str(first["id"]))

    def _path(self) -> str:
        return f"/{self._values['version']}/{self._values['phone_number_id']}"

    def _mailing(self, outgoing: Outgoing) -> Mailing:
        return Mailing(self.directory, self._values["list"], outgoing.key, TITLE)

    def _receipt(self, outgoing: Outgoing) -> Receipt:
        """The first message's id stands for all; a message has no public address, so the page or our number does."""
        results = self.directory.results(outgoing.key)
        sent = [results[number] for number in sorted(results) if results[number].state == "sent"]
        url = outgoing.link or f"https://wa.me/{self._values['phone'].lstrip('+')}"
        remote_id = next((line.remote_id for line in sent if line.remote_id), outgoing.key)
        return Receipt(remote_id, url, datetime.now(UTC))


class _Day:
    """Counts the people of the last 24 hours, and keeps below the messages per second."""

    def __init__(self, publisher: WhatsApp, most: int) -> None:
        self._most = most
        self._reached = dict(publisher.directory.reached(datetime.now(UTC) - A_DAY))
        self._last = 0.0

    def count(self, person: Addressee) -> None:
        """Room for one more. Raises :class:`~humasbot.errors.RateLimited` until the first of the day is a day ago."""
        now = datetime.now(UTC)
        if person.id not in self._reached:
            if len(self._reached) >= self._most:
                first = min(self._reached.values())
                words = t(
                    "WhatsApp: batas {n} orang dalam 24 jam tercapai; sisanya menyusul sendiri",
                    "WhatsApp: the limit of {n} people in 24 hours is reached; the rest follows by itself",
                    n=self._most,
                )
                raise until_tomorrow(words, first + A_DAY - now)
            self._reached[person.id] = now
        wait = self._last + 1 / PER_SECOND - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        self._last = time.monotonic()


def _faults(values: Mapping[str, str]) -> list[Problem]:
    rules: dict[str, tuple[str | re.Pattern[str], str]] = {
        "phone_number_id": (r"[0-9]{5,25}", t("hanya angka, dari Meta", "digits only, from Meta")),
        "token": (
            r"[\w.|-]+",
            t("bukan token; salin utuh dari Meta", "not a token; copy it whole from Meta"),
        ),
        "phone": (_PHONE, t("tulis misalnya +6281234567890", "write for example +6281234567890")),
        "template": (_NAME, t("huruf kecil, angka dan _", "lower-case letters, digits and _")),
        "language": (_LANGUAGE, t("kode bahasa, misalnya id atau en_US", "a language code, as id or en_US")),
        "list": (_LIST, t("hanya huruf kecil, angka, - dan _", "only lower-case letters, digits, - and _")),
        "header": ("none|image", t("pilih none atau image", "choose none or image")),
        "per_day": ("[1-9][0-9]{0,8}", t("bilangan bulat", "a whole number")),
        "version": (r"v[0-9]{1,3}\.[0-9]", t("misalnya v23.0", "for example v23.0")),
    }
    return [
        Problem(name, words)
        for name, (shape, words) in rules.items()
        if not re.fullmatch(shape, values[name])
    ]

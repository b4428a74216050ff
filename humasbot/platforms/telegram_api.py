"""Telegram's Bot API: one address with the bot's token in it, one shape of answer, and what its refusals mean.

The token is a part of every address, so it is kept out of whatever is printed: errors name the method only, and what
urllib3 logs about requests is struck out where it is logged.
"""

import json
import logging
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from humasbot.errors import AuthExpired, PublishError, RateLimited, Rejected
from humasbot.net import Answer, Http
from humasbot.platforms.http import LONGEST_WAIT, Api, meaning, unreadable
from humasbot.words import t

TITLE = "Telegram"
API = "https://api.telegram.org"
UPLOAD_SECONDS = 90.0
File = tuple[str, bytes, str]
"""Name, bytes and type of a file to upload."""

_TOKEN = re.compile(r"\d+:[\w-]+", re.ASCII)
_IN_PATH = re.compile(r"/bot\d+:[\w-]+", re.ASCII)
_NO_PLACE = re.compile(
    r"chat not found|kicked|not a member|blocked by|user is deactivated|not enough rights|no rights|"
    r"need administrator rights|chat_write_forbidden|chat_admin_required|chat_restricted|chat_send_\w+_forbidden|"
    r"group chat was deactivated|channel_private|topic_closed",
    re.IGNORECASE,
)
"""What Telegram says with 400 or 403 when the bot has no (more) place in the chat; its words are not documented."""


class _Strike(logging.Filter):
    """Takes bot tokens out of a log record; never drops one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the token wherever a record's text or values hold an address of the Bot API."""
        if isinstance(record.msg, str):
            record.msg = _struck(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_struck(value) if isinstance(value, str) else value for value in record.args)
        return True


def _struck(text: str) -> str:
    return _IN_PATH.sub("/bot…", text)


# At DEBUG urllib3 logs the path of every request, at WARNING that of some.
_strike = _Strike()
for _name in ("urllib3.connectionpool", "urllib3.poolmanager", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_strike)


def is_token(token: str) -> bool:
    """Whether *token* has the shape that BotFather gives (``123456:ABC-DEF…``); others could change the address."""
    return _TOKEN.fullmatch(token) is not None


class BotApi(Api):
    """The methods of one bot; safe to share between threads."""

    def __init__(self, token: str, base: str = API, http: Http | None = None) -> None:
        super().__init__(base, TITLE, http or Http())
        self._token = token

    def ask(
        self,
        method: str,
        parameters: Mapping[str, Any],
        *,
        files: Mapping[str, File] | None = None,
        publishing: bool = False,
    ) -> Any:
        """Call *method* and return its ``result``; parameters that are ``None`` are left out.

        With *files*, by the names that the parameters refer to, all travels as a form; else as JSON. Raises the error
        that the answer stands for.
        """
        given = {name: value for name, value in parameters.items() if value is not None}
        content: dict[str, Any] = {"json_body": given}
        if files:
            content = {"fields": [*((name, _field(value)) for name, value in given.items()), *files.items()]}
        read = UPLOAD_SECONDS if files else None
        answer = self.call("POST", f"/bot{self._token}/{method}", publishing=publishing, read=read, **content)
        if not isinstance(answer, dict) or answer.get("ok") is not True or "result" not in answer:
            raise unreadable(publishing=publishing, title=TITLE)
        return answer["result"]

    def take_back(self, chat: int | str, message: int) -> None:
        """Delete one message; one that is gone already counts as done.

        Raises :class:`~humasbot.errors.Rejected` for what is older than Telegram lets a bot delete.
        """
        try:
            self.ask("deleteMessage", {"chat_id": chat, "message_id": message})
        except Rejected as error:
            if re.search(r"to delete not found|message_id_invalid", str(error), re.IGNORECASE):
                return
            if "can't be deleted" not in str(error):
                raise
            raise Rejected(
                t(
                    "Telegram: pesan {n} sudah lebih dari 48 jam, bot tidak dapat menghapusnya; hapus di aplikasi",
                    "Telegram: message {n} is older than 48 hours, the bot cannot delete it; do so in the app",
                    n=message,
                ),
                status=error.status,
            ) from None

    def explain(self, answer: Answer, *, publishing: bool) -> PublishError | None:
        """The common mapping, with Telegram's own words and its ``parameters``."""
        if 200 <= answer.status < 300:
            return None
        words, told = _refusal(answer)
        if answer.status == 429:
            seconds = told.get("retry_after")
            number = seconds if isinstance(seconds, int) and seconds > 0 else None
            wait = None if number is None else min(timedelta(seconds=number), LONGEST_WAIT)
            return RateLimited(f"{TITLE}: {words or 'HTTP 429'}", retry_after=wait, status=429)
        if isinstance(moved := told.get("migrate_to_chat_id"), int):
            return AuthExpired(
                t(
                    "Telegram: grup ini menjadi supergrup; ubah setelan chat akun ini menjadi {id}",
                    "Telegram: this group became a supergroup; change this account's setting chat to {id}",
                    id=moved,
                ),
                status=answer.status,
            )
        if answer.status == 404:
            # Methods are ours, so what is not found is the bot.
            return AuthExpired(
                t(
                    "Telegram: token bot tidak dikenal; ambil yang benar dari @BotFather",
                    "Telegram: the bot's token is unknown; get the right one from @BotFather",
                ),
                status=404,
            )
        if answer.status == 403 or (answer.status == 400 and _NO_PLACE.search(words)):
            return AuthExpired(
                t(
                    "Telegram: bot tidak dapat mengirim ke sana ({words}); jadikan bot admin di kanal atau grup itu, "
                    "dan periksa setelan chat",
                    "Telegram: the bot cannot send there ({words}); make it an administrator of that channel or "
                    "group, and check the setting chat",
                    words=words or "HTTP 403",
                ),
                status=answer.status,
            )
        return meaning(
            answer.status, publishing=publishing, title=TITLE, detail=words, headers=answer.headers
        )


def _refusal(answer: Answer) -> tuple[str, Mapping[str, Any]]:
    """Telegram's description of an error, and its ``parameters``."""
    try:
        data = answer.json()
    except ValueError:
        return "", {}
    if not isinstance(data, dict):
        return "", {}
    told = data.get("parameters")
    # Errors have been seen to quote the address; shorter than any sentence of Telegram's is not needed.
    words = _TOKEN.sub("…", " ".join(str(data.get("description", "")).split()))[:300]
    return words, told if isinstance(told, dict) else {}


def _field(value: object) -> str:
    """A parameter as a form carries it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def message_ids(result: object) -> Sequence[int]:
    """The ids of the message, or the messages of an album, that ``result`` shows; raises as for lost answers."""
    messages = result if isinstance(result, list) else [result]
    ids = [message.get("message_id") if isinstance(message, dict) else None for message in messages]
    if not ids or not all(type(number) is int for number in ids):
        raise unreadable(publishing=True, title=TITLE)
    return [int(number) for number in ids if number is not None]

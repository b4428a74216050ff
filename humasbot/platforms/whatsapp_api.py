"""WhatsApp's Cloud API: what its error codes mean for one person, for the account, and for the message.

Codes: developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes (read 2026-11-22). An error
that carries a code says that the message was not sent; only an answer without one leaves doubt.
"""

from humasbot.errors import AuthExpired, PublishError, RateLimited, Rejected, Retryable
from humasbot.net import Answer, Http
from humasbot.platforms.http import Api, meaning, read_error, retry_after, shorten
from humasbot.words import t

TITLE = "WhatsApp"
GRAPH = "https://graph.facebook.com"
AGENT = "humasbot/0.1.0"
"""The official description wants three numbers behind the name."""

PAIR_LIMIT = "131056"
"""Too many messages to this one person in a short time."""
STOPPED = "131050"
"""This person told WhatsApp to get no more of them."""
PERSON = frozenset({"131026", "131030", "131021", "130472", "131049", "131047", STOPPED})
"""This person cannot or does not get it; the others do."""
_ACCOUNT = frozenset(
    {"0", "3", "10", "190", "368", "131005", "131031", "131042", "131045", "130497", "133010"}
)
_QUOTA = frozenset({"4", "80007", "130429", "131048", "133016", PAIR_LIMIT})
_OUT_OF_ORDER = frozenset({"131000", "131016", "131057", "133004"})


class CloudApi(Api):
    """One phone number; safe to share between threads."""

    def __init__(self, token: str, base: str = GRAPH, http: Http | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}", "User-Agent": AGENT}
        super().__init__(base, TITLE, http or Http(), headers)

    def explain(self, answer: Answer, *, publishing: bool) -> PublishError | None:
        """The common mapping, with what WhatsApp's own code says where there is one."""
        if 200 <= answer.status < 300:
            return None
        words, code = read_error(answer)
        if code is None:
            return meaning(
                answer.status, publishing=publishing, title=TITLE, detail=words, headers=answer.headers
            )
        whole = f"{TITLE}: {code} {shorten(words, 200)}".rstrip()
        if code in _ACCOUNT or (code.isdigit() and 200 <= int(code) <= 219):
            return AuthExpired(whole + _mend(code), status=answer.status, code=code)
        if code in _QUOTA:
            return RateLimited(
                whole, retry_after=retry_after(answer.headers), status=answer.status, code=code
            )
        if code in _OUT_OF_ORDER:
            return Retryable(whole, status=answer.status, code=code)
        if code in PERSON or 400 <= answer.status < 500:
            return Rejected(whole, status=answer.status, code=code)
        return meaning(
            answer.status, publishing=publishing, title=TITLE, detail=words, headers=answer.headers
        )


def _mend(code: str) -> str:
    if code in ("190", "0"):
        return t(
            "; buat token sistem yang baru di Meta Business", "; make a new system token at Meta Business"
        )
    if code == "131042":
        return t("; lengkapi pembayaran di Meta Business", "; complete the payment at Meta Business")
    return t("; periksa akun WhatsApp Business", "; check the WhatsApp Business account")

"""The X publisher and its stand-in, both held to X's official OpenAPI description by Prism between them.

Prism refuses a request that the description does not allow (422) and turns an answer that it does not allow into
a 500, so a call that succeeds was right in both directions. Two things it cannot check: it damages binary bodies on
their way (so the bytes of a picture are compared in ``tests/platforms/test_x.py``), and X words its errors otherwise
than its description says (``title`` and ``detail``, not ``code`` and ``message``).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from servers.base import call
from servers.prism import Prism, PrismServer, violations
from servers.prism import X as CONTRACT

from humasbot.content import Outgoing
from humasbot.errors import Rejected, Retryable
from humasbot.platforms.x import X
from humasbot.platforms.x_session import BEARER, OAUTH1, Session
from humasbot.testing import Notes, picture
from humasbot.testing.standin_x import XStandIn

NOW = datetime.now(UTC)


class BehindPrism(XStandIn):
    """Takes pictures as Prism leaves them."""

    def picture_type(self, data: bytes) -> str:
        return super().picture_type(data) or ("image/jpeg" if "\ufffd".encode() in data else "")


@pytest.fixture(scope="module")
def _standin() -> Iterator[XStandIn]:
    with BehindPrism() as standin:
        yield standin


@pytest.fixture(scope="module")
def contract(prism: Prism, _standin: XStandIn) -> PrismServer:
    """Prism in front of the stand-in."""
    proxy = prism.proxy(CONTRACT, _standin.url)
    _standin.address = proxy.url
    return proxy


@pytest.fixture
def server(_standin: XStandIn) -> XStandIn:
    for collection in (_standin.accepted, _standin.uploads, _standin.requests, _standin.faults):
        collection.clear()
    return _standin


@pytest.fixture(params=["keys", "token"])
def x(request: pytest.FixtureRequest, contract: PrismServer, server: XStandIn) -> X:
    names = OAUTH1 if request.param == "keys" else (BEARER,)
    return X(Session({name: server.credentials[name] for name in names}, contract.url))


def outgoing(text: str = "Loket buka & gratis: https://contoh.go.id/loket 🇮🇩", pictures: int = 0) -> Outgoing:
    return Outgoing("kunci", text, NOW, media=tuple(picture(n) for n in range(pictures)))


@pytest.mark.parametrize("pictures", [0, 1, 4])
def test_publishing_keeps_the_contract(x: X, server: XStandIn, pictures: int) -> None:
    wanted = outgoing(pictures=pictures)
    receipt = x.publish(wanted, Notes())
    assert [(post["id"], post["text"]) for post in server.accepted] == [(receipt.remote_id, wanted.text)]
    shown = [server.uploads[n]["alt"] for n in server.accepted[0]["media"]]
    assert shown == [media.alt for media in wanted.media]


def test_every_kind_of_picture_that_the_limits_name_is_uploaded(x: X, server: XStandIn) -> None:
    media = tuple(picture(n, mime) for n, mime in enumerate(x.limits.media_types))
    x.publish(replace(outgoing(), media=media), Notes())
    assert len(server.uploads) == len(x.limits.media_types)


def test_looking_keeps_the_contract(x: X, server: XStandIn) -> None:
    since = datetime.now(UTC) - timedelta(minutes=1)
    receipt = x.publish(outgoing(pictures=1), Notes())
    x.publish(outgoing("Kabar lain"), Notes())
    assert x.find_existing(outgoing(pictures=1), since) == receipt
    assert x.find_existing(outgoing("Tidak ada"), since) is None
    assert x.verify() == "@humas_uji"
    assert x.metrics(receipt).likes is not None
    assert not [request for request in server.requests if "tweet.fields" in request.query], "no second try"


def test_pages_keep_the_contract(x: X, server: XStandIn) -> None:
    receipt = x.publish(outgoing(), Notes())
    moment = datetime.now(UTC)
    server.accepted += [
        {"id": str(n), "text": f"nomor {n}", "media": [], "created_at": moment} for n in range(1, 150)
    ]
    assert x.find_existing(outgoing(), moment) == receipt


def test_deleting_keeps_the_contract(x: X, server: XStandIn) -> None:
    receipt = x.publish(outgoing(), Notes())
    x.delete(receipt)
    x.delete(receipt)
    assert server.accepted == []


def test_metrics_of_a_missing_post_keep_the_contract(x: X) -> None:
    missing = x.publish(outgoing(), Notes())
    x.delete(missing)
    with pytest.raises(Rejected):
        x.metrics(missing)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"text": "a", "status": "b"}, "additionalProperties"),
        ({"text": "a", "media": {"media_ids": []}}, "minItems"),
        ({"text": "a", "media": {"media_ids": ["1", "2", "3", "4", "5"]}}, "maxItems"),
    ],
)
def test_the_contract_bites(contract: PrismServer, server: XStandIn, body: object, code: str) -> None:
    """What is wrong does not even reach the stand-in."""
    headers = {"Authorization": f"Bearer {server.credentials[BEARER]}"}
    answer = call("POST", f"{contract.url}/2/tweets", data=body, headers=headers)
    assert answer.status == 422
    assert code in {v["code"] for v in violations(answer)} | {
        v["code"] for v in answer.json().get("validation", [])
    }
    assert server.requests == []


def test_the_contract_demands_the_category_of_a_picture(x: X, server: XStandIn) -> None:
    file = ("a.jpg", picture(0).data, "image/jpeg")
    with pytest.raises(Rejected, match="422"):
        x.session.call("POST", "/2/media/upload", files={"media": file})
    assert server.requests == []


def test_the_contract_bites_the_stand_in_too(x: X, server: XStandIn) -> None:
    server.fault("status", on="GET /2/users/me", status=200, body={"data": {"id": 7}})
    with pytest.raises(Retryable, match="500"):
        x.verify()

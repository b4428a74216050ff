"""The S3 storage against moto's server, which checks every signature with AWS's own code."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from meta_kit import looking, outgoing

from humasbot.errors import AuthExpired, Retryable
from humasbot.net import Http
from humasbot.platforms.hosting import KEEP, Storage
from humasbot.platforms.instagram import Instagram
from humasbot.platforms.s3 import Bucket, Signer
from humasbot.testing import Notes, picture
from humasbot.testing.standin_meta import InstagramStandIn

pytestmark = pytest.mark.slow
REGION = "ap-southeast-3"
POLICY = {"Version": "2012-10-17"}
AWKWARD = "humasbot-a b~+%é(1).jpg"


@dataclass
class S3:
    url: str
    key: str
    secret: str

    def bucket(self, name: str = "pribadi", secret: str = "") -> Bucket:
        return Bucket(self.url, name, Signer(self.key, secret or self.secret, REGION), Http())

    def settings(self, name: str) -> dict[str, str]:
        s3 = {"s3_endpoint": self.url, "s3_bucket": name, "s3_region": REGION, "s3_key": self.key}
        return {**s3, "s3_secret": self.secret}


@pytest.fixture(scope="module")
def s3() -> Iterator[S3]:
    """A server with a private bucket, one that everybody may read, and a user of our own."""
    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        url = "http://{}:{}".format(*server.get_host_and_port())
        access: dict[str, Any] = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
        client, iam = (
            boto3.client(kind, endpoint_url=url, region_name=REGION, **access) for kind in ("s3", "iam")
        )
        for name, acl in (("pribadi", "private"), ("umum", "public-read")):
            place = {"LocationConstraint": REGION}
            client.create_bucket(Bucket=name, CreateBucketConfiguration=place, ACL=acl)
        allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
        anybody = {**allowed, "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::umum/*"}
        client.put_bucket_policy(Bucket="umum", Policy=json.dumps(POLICY | {"Statement": [anybody]}))
        iam.create_user(UserName="humasbot")
        iam.put_user_policy(
            UserName="humasbot", PolicyName="s3", PolicyDocument=json.dumps(POLICY | {"Statement": [allowed]})
        )
        made = iam.create_access_key(UserName="humasbot")["AccessKey"]
        yield S3(url, made["AccessKeyId"], made["SecretAccessKey"])
    finally:
        server.stop()


@pytest.fixture
def strict(s3: S3, monkeypatch: pytest.MonkeyPatch) -> S3:
    """The same, but now every signature is computed again with botocore and compared."""
    from moto import settings

    monkeypatch.setattr(settings, "INITIAL_NO_AUTH_ACTION_COUNT", 0)
    return s3


@pytest.mark.parametrize("name", ["humasbot-abcdefgh.jpg", AWKWARD])
def test_every_call_is_signed_as_aws_signs_it(strict: S3, name: str) -> None:
    bucket = strict.bucket()
    bucket.put(name, b"isi", "image/jpeg")
    assert bucket.has(name)
    ((found, written),) = bucket.names("humasbot-")
    assert found == name
    assert abs(datetime.now(UTC) - written) < timedelta(minutes=1)
    bucket.delete(name)
    bucket.delete(name)
    assert not bucket.has(name)


def test_a_wrong_secret_is_told_and_not_shown(strict: S3) -> None:
    with pytest.raises(AuthExpired, match=r"pribadi menolak: HTTP 403 SignatureDoesNotMatch") as caught:
        strict.bucket(secret="rahasia-yang-salah").put("humasbot-x.jpg", b"isi", "image/jpeg")
    assert "rahasia-yang-salah" not in str(caught.value)


def test_a_bucket_that_is_not_there_is_told(s3: S3) -> None:
    with pytest.raises(Retryable, match="HTTP 404 NoSuchBucket"):
        s3.bucket("tiada").put("humasbot-x.jpg", b"isi", "image/jpeg")


def test_a_presigned_address_is_botocores_own(s3: S3, time_machine: Any) -> None:
    from botocore.auth import S3SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    time_machine.move_to(datetime(2026, 11, 22, tzinfo=UTC), tick=False)
    ours = s3.bucket().presigned(AWKWARD, KEEP)
    request = AWSRequest("GET", ours.partition("?")[0])
    auth = S3SigV4QueryAuth(Credentials(s3.key, s3.secret), "s3", REGION, expires=86_400)
    auth.add_auth(request)
    assert set(urlsplit(request.url).query.split("&")) == set(urlsplit(ours).query.split("&"))


def test_a_private_bucket_lends_by_presigned_addresses(s3: S3) -> None:
    host = Storage(s3.bucket(), http=looking())
    address = host.lend(picture(0))
    assert "X-Amz-Signature=" in address
    assert Http().request("GET", address).body == picture(0).data
    assert Http().request("GET", address.partition("?")[0]).status == 403
    assert host.lends(address)
    host.take_back(address)
    assert not host.lends(address)


def test_a_public_bucket_lends_by_plain_addresses(s3: S3) -> None:
    host = Storage(s3.bucket("umum"), f"{s3.url}/umum", http=looking())
    address = host.lend(picture(0))
    assert "?" not in address
    assert Http().request("GET", address).headers["content-type"] == "image/jpeg"
    host.take_back(address)
    assert Http().request("GET", address).status == 404


def test_a_bucket_that_nobody_may_read_is_told_before_meta_is_asked(s3: S3) -> None:
    host = Storage(s3.bucket(), f"{s3.url}/pribadi", http=looking())
    with pytest.raises(Retryable, match="tidak terlihat dari luar"):
        host.lend(picture(0))
    assert s3.bucket().names("humasbot-") == []


def test_what_a_crash_left_is_swept_after_a_day_and_nothing_else(s3: S3) -> None:
    bucket = s3.bucket()
    for name in ("humasbot-abcdefgh.jpg", "humasbot-foto.php", "humasbot-.jpg"):
        bucket.put(name, b"isi", "image/jpeg")
    host = Storage(bucket)
    assert host.sweep() == 0
    assert host.sweep(datetime.now(UTC) + KEEP + timedelta(minutes=1)) == 1
    assert [name for name, _ in bucket.names("humasbot-")] == ["humasbot-.jpg", "humasbot-foto.php"]
    for name in ("humasbot-foto.php", "humasbot-.jpg"):
        bucket.delete(name)


def test_instagram_fetches_a_carousel_from_the_bucket(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    with InstagramStandIn() as graph:
        account = {"user_id": graph.user, "token": graph.token, "base_url": graph.url}
        publisher = Instagram.from_settings({**account, **s3.settings("pribadi")}, looking())
        publisher.publish(outgoing(media=tuple(picture(n) for n in range(3))), Notes())
        assert [digest for digest, _ in graph.accepted[0]["items"]] == [picture(n).digest for n in range(3)]
    assert s3.bucket().names("humasbot-") == []

"""A stand-in for a Bluesky server (PDS) with one account, as strict as the real one where it matters to a publisher."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from typing import Any

from humasbot.platforms.text import count_graphemes
from humasbot.testing.standin import Reply, Request, StandIn

_TID = re.compile(r"[234567abcdefghij][234567a-z]{12}")
_IMAGES = ("image/jpeg", "image/png", "image/webp", "image/gif")
_COLLECTION = "app.bsky.feed.post"
_OPEN = ("com.atproto.repo.getRecord", "com.atproto.identity.resolveHandle")
"""What anyone may ask."""


def _refused(message: str, error: str = "InvalidRequest", status: int = 400) -> Reply:
    return Reply(status, {"error": error, "message": message})


def _told(whole: int, left: int, seconds: int) -> dict[str, str]:
    reset = int(datetime.now(UTC).timestamp()) + seconds
    policy = {"RateLimit-Policy": f"{whole};w={seconds}", "RateLimit-Reset": str(reset)}
    return {"RateLimit-Limit": str(whole), "RateLimit-Remaining": str(left), **policy}


class BlueskyStandIn(StandIn):
    """One account; ``accepted`` holds its records as ``{"uri", "cid", "value"}``, oldest first.

    ``handles`` are the other accounts that can be mentioned, by handle. ``appview=False`` is a server without the
    network's public view, which knows no figures. ``left`` is what is left of each quota, by its window in seconds: all
    calls, and the points for writing; an answer tells the one of which least is left, as the server's own code does.
    """

    did = "did:plc:humasbotstandin234567"

    who = "humas.test"

    def __init__(self) -> None:
        super().__init__()
        self.password = "sandi-aplikasi-uji"  # noqa: S105 – opens nothing but this stand-in
        self.handles: dict[str, str] = {}
        self.appview = True
        self.blobs: dict[str, bytes] = {}
        self.logins = 0
        self.uploads = 0
        self._serial = count(1)
        self._access: set[str] = set()
        self._refresh: set[str] = set()
        self._revoke_on = ""
        self._revoked = False
        self.left = {300: 3000, 3600: 5000, 86400: 35000}

    def expire(self) -> None:
        """From now on the access tokens given out so far are too old; they can be refreshed."""
        with self.lock:
            self._access.clear()

    def log_out(self) -> None:
        """From now on no token given out so far is good for anything."""
        with self.lock:
            self._access.clear()
            self._refresh.clear()

    def revoke(self, on: str = "") -> None:
        """Take the password and every token back, as soon as a request's path matches *on*."""
        with self.lock:
            self._revoke_on, self._revoked = on, not on

    def restore(self) -> None:
        """Undo :meth:`revoke`."""
        self._revoke_on, self._revoked = "", False

    def forget_blobs(self) -> None:
        """Clear away uploads, as a server does with those that no record names."""
        self.blobs.clear()

    def carry_out(self, name: str, request: Request) -> Reply:
        """Carry out the method *name* as the account."""
        match name:
            case "com.atproto.server.getSession":
                return Reply(200, {"did": self.did, "handle": self.who, "active": True})
            case "com.atproto.repo.uploadBlob":
                return self._upload(request)
            case "com.atproto.repo.putRecord":
                return self._put(request.json())
            case "com.atproto.repo.getRecord":
                found = self._find(request.first("rkey"))
                return Reply(200, found) if found else _refused("Could not locate record", "RecordNotFound")
            case "com.atproto.repo.deleteRecord":
                self.accepted = [r for r in self.accepted if r != self._find(request.json()["rkey"])]
                return Reply(200, {})
            case "com.atproto.identity.resolveHandle":
                did = self.handles.get(request.first("handle"))
                return Reply(200, {"did": did}) if did else _refused("Unable to resolve handle")
            case "app.bsky.feed.getPosts" if self.appview:
                known = [r for r in self.accepted if r["uri"] in request.query["uris"]]
                figures = {"likeCount": 3, "repostCount": 2, "replyCount": 1, "quoteCount": 0}
                return Reply(200, {"posts": [{"uri": r["uri"], **figures} for r in known]})
        return _refused(f"No service configured for {name}")

    def handle(self, request: Request) -> Reply:
        """Carry it out, and tell what is left."""
        reply = self._handle(request)
        if request.path.endswith("createSession"):
            return replace(reply, headers={**reply.headers, **_told(30, 29, 300)})
        self.left[300] -= 1
        windows = [300]
        if request.path.endswith("putRecord"):
            windows = [300, 3600, 86400]
            for seconds in windows[1:]:
                self.left[seconds] -= 2
        least = min(windows, key=lambda seconds: self.left[seconds])
        whole = {300: 3000, 3600: 5000, 86400: 35000}[least]
        return replace(reply, headers={**reply.headers, **_told(whole, self.left[least], least)})

    def _handle(self, request: Request) -> Reply:
        """Check who asks, then carry it out."""
        if self._revoke_on and re.search(self._revoke_on, request.path):
            self.revoke()
        name = request.path.removeprefix("/xrpc/")
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if name == "com.atproto.server.createSession":
            return self._log_in(request.json())
        if name == "com.atproto.server.refreshSession":
            if self._revoked or token not in self._refresh:
                return _refused("Token has been revoked", "ExpiredToken")
            self._refresh.discard(token)
            return self._session()
        if name not in _OPEN and (self._revoked or token not in self._access):
            return _refused("Token has expired", "ExpiredToken")
        return self.carry_out(name, request)

    def _log_in(self, wanted: dict[str, str]) -> Reply:
        self.logins += 1
        if self._revoked or (wanted["identifier"], wanted["password"]) != (self.who, self.password):
            return _refused("Invalid identifier or password", "AuthenticationRequired", 401)
        return self._session()

    def _session(self) -> Reply:
        number = next(self._serial)
        access, refresh = f"access-{number}", f"refresh-{number}"
        self._access.add(access)
        self._refresh.add(refresh)
        who = {"did": self.did, "handle": self.who, "active": True}
        return Reply(200, {**who, "accessJwt": access, "refreshJwt": refresh})

    def _upload(self, request: Request) -> Reply:
        cid = "bafkrei" + sha256(request.body).hexdigest()[:52]
        self.blobs[cid] = request.body
        self.uploads += 1
        mime = request.headers.get("content-type", "*/*")
        blob = {"$type": "blob", "ref": {"$link": cid}, "mimeType": mime, "size": len(request.body)}
        return Reply(200, {"blob": blob})

    def _find(self, rkey: str) -> dict[str, Any] | None:
        return next((r for r in self.accepted if r["uri"].endswith(f"/{rkey}")), None)

    def _put(self, wanted: dict[str, Any]) -> Reply:
        record, rkey = wanted["record"], wanted["rkey"]
        if fault := self._fault_of(wanted):
            return fault
        uri = f"at://{self.did}/{_COLLECTION}/{rkey}"
        cid = "bafyrei" + sha256(repr(record).encode()).hexdigest()[:52]
        new = {"uri": uri, "cid": cid, "value": record}
        old = self._find(rkey)
        if old is None:
            self.accepted.append(new)
        else:
            old.update(new)
        return Reply(200, {"uri": uri, "cid": cid, "validationStatus": "valid"})

    def _fault_of(self, wanted: dict[str, Any]) -> Reply | None:
        record = wanted["record"]
        text, created = record["text"], record["createdAt"]
        if (wanted["repo"], wanted["collection"]) != (self.did, _COLLECTION) or record[
            "$type"
        ] != _COLLECTION:
            return _refused("not this account's posts")
        if not _TID.fullmatch(wanted["rkey"]):
            return _refused("Invalid record key: not a TID")
        if len(text.encode()) > 3000 or count_graphemes(text) > 300:
            return _refused("Invalid app.bsky.feed.post record: string too big at $.record.text")
        if not created.endswith("Z") or datetime.fromisoformat(created).tzinfo is None:
            return _refused("Invalid app.bsky.feed.post record: no datetime at $.record.createdAt")
        images = record.get("embed", {}).get("images", [])
        if len(images) > 4 or not all(isinstance(image["alt"], str) for image in images):
            return _refused("Invalid app.bsky.feed.post record at $.record.embed.images")
        for image in images:
            blob = image["image"]
            if blob["size"] > 1_000_000 or blob["mimeType"] not in _IMAGES:
                return _refused("Invalid app.bsky.feed.post record: blob too big or of a wrong type")
            if blob["ref"]["$link"] not in self.blobs:
                return _refused(f"Could not find blob: {blob['ref']['$link']}", "BlobNotFound")
        return None

"""Each counterpart is started and used for real, so that a failing live test is never the server's fault."""

import io
import os
import smtplib
import socket
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from PIL import Image
from servers.base import REPOSITORY, Missing, Process, StartFailed, call, free_port, installed, run
from servers.chromium import Chromium
from servers.mailbox import Mailbox
from servers.mastodon import MastodonMock
from servers.pds import POST, Pds
from servers.postgresql import PostgreSQL
from servers.prism import Prism, X, violations
from servers.processes import children, is_alive, listening
from servers.standin import StandIn
from servers.wordpress import WordPress


def _picture(kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 180), (0, 90, 160)).save(out, kind)
    return out.getvalue()


# --- what they share --------------------------------------------------------------------------------------------


def test_a_process_that_ends_at_once_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    process = Process(["sh", "-c", "echo no such setting >&2; exit 3"], log=tmp_path / "log")
    with pytest.raises(StartFailed, match=r"ended with 3:\nno such setting"):
        process.wait_until(lambda: False)
    process.stop()


def test_a_process_that_never_answers_is_reported_and_stopped_with_its_children(tmp_path: Path) -> None:
    process = Process(["sh", "-c", "trap '' TERM; echo waiting; sleep 600 & wait"], log=tmp_path / "log")
    with pytest.raises(StartFailed, match=r"was not ready after 0 s:\nwaiting"):
        process.wait_until(lambda: False, seconds=0.3)
    below = children(process.pid)
    assert below
    process.stop(seconds=0.2)
    assert not process.running
    end = time.monotonic() + 10  # a kill is on its way when it has been sent
    while any(is_alive(child) for child in below):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_refused_connection_means_not_ready(tmp_path: Path) -> None:
    port = free_port()
    code = f"import http.server as h; h.HTTPServer(('127.0.0.1', {port}), h.SimpleHTTPRequestHandler).serve_forever()"
    process = Process(["python3", "-c", code], log=tmp_path / "log", folder=tmp_path)
    try:
        process.wait_until(lambda: call("GET", f"http://127.0.0.1:{port}/").status == 200)
        assert listening(process.pid) == {"127.0.0.1"}
    finally:
        process.stop()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_what_is_not_installed_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(Missing, match=r"run: scripts/setup-real\.sh pds"):
        installed(tmp_path / "nothing", "pds")


def test_a_failed_command_shows_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match="ended with 4:\nout\n\nerr"):
        run(["sh", "-c", "echo out; echo err >&2; exit 4"], log=tmp_path / "log")


@pytest.mark.parametrize(("ci", "outcome"), [("true", "1 error"), ("", "1 skipped")])
def test_a_missing_install_skips_here_and_fails_under_ci(ci: str, outcome: str, tmp_path: Path) -> None:
    chosen = f"{__file__}::test_mastodon_remembers_the_idempotency_key"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", chosen],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
        env={**os.environ, "HUMASBOT_REAL_DIR": str(tmp_path), "CI": ci},
    )
    assert "run: scripts/setup-real.sh mastodon" in done.stdout
    assert outcome in done.stdout.splitlines()[-1]


# --- Bluesky ----------------------------------------------------------------------------------------------------


def test_pds_keeps_a_post_with_a_picture_and_facets(pds: Pds) -> None:
    account = pds.create_account("dinas-satu")
    login = pds.login(account)
    photo = _picture()
    headers = {**login, "Content-Type": "image/jpeg"}
    blob = pds.xrpc("POST", "com.atproto.repo.uploadBlob", body=photo, headers=headers).good().json()["blob"]
    text = "Posyandu hari ini 🌿 #posyandu"
    start = len(text.encode()) - len("#posyandu")
    tag = {"$type": "app.bsky.richtext.facet#tag", "tag": "posyandu"}
    record = {
        "$type": POST,
        "text": text,
        "createdAt": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "langs": ["id"],
        "facets": [{"index": {"byteStart": start, "byteEnd": len(text.encode())}, "features": [tag]}],
        "embed": {"$type": "app.bsky.embed.images", "images": [{"alt": "Balita ditimbang", "image": blob}]},
    }
    wanted = {"repo": account.did, "collection": POST, "record": record}
    made = pds.xrpc("POST", "com.atproto.repo.createRecord", data=wanted, headers=login).good().json()

    assert pds.record(made["uri"])["value"] == record
    assert [post["uri"] for post in pds.posts(account.did)] == [made["uri"]]
    assert pds.blob(account.did, blob["ref"]["$link"]) == photo


def test_pds_lists_more_posts_than_one_page_holds(pds: Pds) -> None:
    account = pds.create_account("dinas-banyak")
    login = pds.login(account)
    when = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    writes = [
        {
            "$type": "com.atproto.repo.applyWrites#create",
            "collection": POST,
            "value": {"$type": POST, "text": f"Pengumuman {n}", "createdAt": when},
        }
        for n in range(130)
    ]
    wanted = {"repo": account.did, "writes": writes}
    pds.xrpc("POST", "com.atproto.repo.applyWrites", data=wanted, headers=login).good()
    texts = [post["value"]["text"] for post in pds.posts(account.did)]
    assert len(texts) == 130
    assert set(texts) == {f"Pengumuman {n}" for n in range(130)}


def test_pds_refuses_what_the_lexicon_forbids(pds: Pds) -> None:
    account = pds.create_account("dinas-dua")
    record = {"$type": POST, "text": "a" * 301, "createdAt": "2026-11-22T00:00:00Z"}
    wanted = {"repo": account.did, "collection": POST, "record": record}
    refused = pds.xrpc("POST", "com.atproto.repo.createRecord", data=wanted, headers=pds.login(account))
    assert refused.status == 400
    assert "maximum 300, got 301" in refused.json()["message"]


def test_pds_is_reachable_from_this_machine_only(pds: Pds) -> None:
    assert pds.process is not None
    assert listening(pds.process.pid) == {"127.0.0.1"}


def test_pds_limits_log_ins_when_told_to() -> None:
    wanted = {"identifier": "siapa.test", "password": "salah"}
    with Pds(rate_limits=True) as limited, ThreadPoolExecutor(8) as pool:
        tries = [
            pool.submit(limited.xrpc, "POST", "com.atproto.server.createSession", data=wanted)
            for _ in range(31)
        ]
        answers = [one.result() for one in tries]
    assert Counter(answer.status for answer in answers) == {401: 30, 429: 1}
    (refused,) = (answer for answer in answers if answer.status == 429)
    assert refused.json()["error"] == "RateLimitExceeded"
    assert int(refused.headers["ratelimit-reset"]) > datetime.now(UTC).timestamp()
    assert "retry-after" not in refused.headers


# --- WordPress --------------------------------------------------------------------------------------------------


def test_wordpress_shows_a_post_by_rest_and_feed(wordpress: WordPress) -> None:
    post = wordpress.create_post(
        "Pasar murah dibuka",
        "<p>Beras dan minyak di balai kota.</p>",
        image=_picture("PNG"),
        alt="Warga antre beras",
        categories=["Berita", "Ekonomi"],
        date_gmt=datetime(2026, 3, 1, 18, 30, tzinfo=UTC),
    )
    assert post["link"] == f"{wordpress.url}/2026/03/02/pasar-murah-dibuka/"  # 01:30 the next day in Jakarta
    assert "Beras dan minyak" in wordpress.get(post["link"].removeprefix(wordpress.url)).text

    for address in (
        f"/wp-json/wp/v2/posts/{post['id']}?_embed=1",
        f"/?rest_route=/wp/v2/posts/{post['id']}&_embed=1",
    ):
        read = wordpress.get(address).good().json()
        assert read["date_gmt"] == "2026-03-01T18:30:00"
        assert read["date"] == "2026-03-02T01:30:00"
        media = read["_embedded"]["wp:featuredmedia"][0]
        assert media["alt_text"] == "Warga antre beras"
        assert {term["name"] for term in read["_embedded"]["wp:term"][0]} == {"Berita", "Ekonomi"}
    assert wordpress.get(media["source_url"].removeprefix(wordpress.url)).body == _picture("PNG")

    feed = wordpress.get("/feed/").good()
    assert "Pasar murah dibuka" in feed.text
    again = wordpress.get(
        "/feed/", If_None_Match=feed.headers["etag"], If_Modified_Since=feed.headers["last-modified"]
    )
    assert again.status == 304
    assert again.body == b""


def test_wordpress_changes_trashes_and_schedules(wordpress: WordPress) -> None:
    post = wordpress.create_post("Jadwal vaksin", "<p>Senin.</p>", categories=["Berita"])
    changed = wordpress.update_post(post["id"], title="Jadwal vaksin (ralat)", content="<p>Selasa.</p>")
    assert changed["title"]["rendered"] == "Jadwal vaksin (ralat)"
    assert "Selasa." in wordpress.get(f"/wp-json/wp/v2/posts/{post['id']}").json()["content"]["rendered"]
    wordpress.trash_post(post["id"])
    assert wordpress.get(f"/wp-json/wp/v2/posts/{post['id']}").status == 401
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert wordpress.create_post("Besok", "<p>-</p>", date_gmt=tomorrow)["status"] == "future"


def test_wordpress_finds_a_category_that_someone_else_made(wordpress: WordPress) -> None:
    made = wordpress.rest("POST", "wp/v2/categories", data={"name": "Kesehatan"}).good().json()["id"]
    assert wordpress.category("Kesehatan") == made


def test_wordpress_lets_nobody_write_without_the_application_password(wordpress: WordPress) -> None:
    refused = call(
        "POST", f"{wordpress.url}/wp-json/wp/v2/posts", data={"title": "Palsu", "status": "publish"}
    )
    assert refused.status == 401


def test_wordpress_is_reachable_from_this_machine_only(wordpress: WordPress) -> None:
    assert wordpress.process is not None
    assert listening(wordpress.process.pid) == {"127.0.0.1"}


# --- Mastodon ---------------------------------------------------------------------------------------------------


def test_mastodon_remembers_the_idempotency_key(mastodon: MastodonMock) -> None:
    headers = {"Idempotency-Key": "kiriman-1"}
    first, second = (
        mastodon.api("POST", "v1/statuses", data={"status": "Air mati sampai pukul 15"}, headers=headers)
        .good()
        .json()
        for _ in range(2)
    )
    assert first["id"] == second["id"]
    assert [status["id"] for status in mastodon.statuses()] == [first["id"]]


def test_mastodon_faults_come_and_go(mastodon: MastodonMock) -> None:
    mastodon.set_fault(
        "ratelimit", methods=["POST"], path="/api/v1/statuses", count=1, headers={"Retry-After": "7"}
    )
    limited = mastodon.api("POST", "v1/statuses", data={"status": "satu"})
    assert (limited.status, limited.headers["retry-after"]) == (429, "7")
    assert mastodon.api("POST", "v1/statuses", data={"status": "dua"}).status == 200
    mastodon.set_fault("status", status=503)
    assert mastodon.api("GET", "v2/instance").status == 503
    mastodon.clear_faults()
    assert mastodon.api("GET", "v2/instance").status == 200
    assert len(mastodon.statuses()) == 1


def test_mastodon_refuses_a_wrong_token(mastodon: MastodonMock) -> None:
    headers = {"Authorization": "Bearer salah"}
    assert mastodon.api("POST", "v1/statuses", data={"status": "x"}, headers=headers).status == 401


# --- X, by its contract -----------------------------------------------------------------------------------------


def test_prism_answers_by_the_contract_of_x(prism: Prism) -> None:
    mock = prism.mock(X)
    assert mock is prism.mock(X)
    oauth1 = {"Authorization": 'OAuth oauth_consumer_key="k", oauth_signature="s"'}
    assert call("POST", f"{mock.url}/2/tweets", data={"text": "Halo"}, headers=oauth1).status == 201
    unknown = call("POST", f"{mock.url}/2/tweets", data={"text": "Halo", "teks": "Halo"})
    assert unknown.status == 422
    assert "teks" in str(violations(unknown))
    empty = call("POST", f"{mock.url}/2/tweets", data={"text": "Halo", "media": {"media_ids": []}})
    assert empty.status == 422
    assert ["request", "body", "media", "media_ids"] in [broken["location"] for broken in violations(empty)]


def test_prism_lets_nothing_wrong_pass_in_either_direction(prism: Prism) -> None:
    with StandIn() as ours:
        proxy = prism.proxy(X, ours.url)
        ours.reply = (201, {"data": {"id": "1", "text": "Halo"}})
        passed = call("POST", f"{proxy.url}/2/tweets", data={"text": "Halo"})
        assert (passed.status, passed.json()["data"]["id"]) == (201, "1")
        refused = call("POST", f"{proxy.url}/2/tweets", data={"text": "Halo", "teks": 1})
        assert refused.status == 422
        assert [(seen.method, seen.path, seen.json()) for seen in ours.seen] == [
            ("POST", "/2/tweets", {"text": "Halo"})
        ]
        ours.reply = (201, {"data": {"id": "bukan-angka", "text": "Halo"}})
        wrong = call("POST", f"{proxy.url}/2/tweets", data={"text": "Halo"})
        assert wrong.status == 500
        assert len(ours.seen) == 2


def test_prism_as_a_lenient_proxy_only_tells(prism: Prism) -> None:
    with StandIn() as ours:
        ours.reply = (201, {"data": {"id": "1", "text": "Halo"}})
        proxy = prism.proxy(X, ours.url, errors=False)
        told = call("POST", f"{proxy.url}/2/tweets", data={"text": "Halo", "teks": 1})
    assert told.status == 201
    assert [broken["location"][0] for broken in violations(told)] == ["request"]


# --- mailbox ----------------------------------------------------------------------------------------------------


def test_mailbox_keeps_a_letter_with_its_picture(mailbox: Mailbox) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = (
        "humas@example.test",
        "warga@example.test",
        "Jadwal air 💧",
    )
    letter.set_content("Air mati sampai pukul 15.")
    letter.add_alternative("<p>Air mati</p><img src='cid:foto'>", subtype="html")
    letter.add_attachment(_picture("PNG"), maintype="image", subtype="png", filename="foto.png", cid="<foto>")
    with smtplib.SMTP("127.0.0.1", mailbox.smtp_port) as smtp:
        smtp.send_message(letter)
    (kept,) = mailbox.letters()
    assert kept["subject"] == "Jadwal air 💧"
    assert kept["text"].strip() == "Air mati sampai pukul 15."
    assert mailbox.source(kept["id"]).count(b"Content-ID: <foto>") == 1
    mailbox.clear()
    assert mailbox.letters() == []


# --- PostgreSQL -------------------------------------------------------------------------------------------------


def test_postgresql_keeps_what_was_committed_through_a_crash(postgresql: PostgreSQL) -> None:
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import OperationalError

    url = postgresql.new_database()
    assert url != postgresql.new_database()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kiriman (nomor int PRIMARY KEY)"))
        connection.execute(text("INSERT INTO kiriman VALUES (1)"))
    with engine.connect() as connection:
        connection.execute(text("INSERT INTO kiriman VALUES (2)"))
        postgresql.restart("immediate")
        with pytest.raises(OperationalError):
            connection.execute(text("SELECT 1"))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT nomor FROM kiriman")).scalars().all() == [1]
        assert connection.execute(text("SHOW server_encoding")).scalar() == "UTF8"
    engine.dispose()
    assert postgresql.psql("SELECT 1 + 1") == "2"


def test_postgresql_is_reachable_from_this_machine_only(postgresql: PostgreSQL) -> None:
    assert postgresql.process is not None
    assert listening(postgresql.process.pid) == {"127.0.0.1"}


# --- Chromium ---------------------------------------------------------------------------------------------------


def test_chromium_lays_a_page_out_as_wide_as_a_phone(chromium: Chromium, tmp_path: Path) -> None:
    page = tmp_path / "halaman.html"
    page.write_text("<body style='margin:0;background:#00aa00'><script>document.write(innerWidth)</script>")
    with chromium.page(360, 640) as shown:
        shown.goto(page.as_uri())
        assert shown.inner_text("body") == "360"
    drawn = Image.open(chromium.screenshot(page, tmp_path / "halaman.png", 360, 640))
    assert (drawn.size, drawn.getpixel((359, 639))) == ((360, 640), (0, 170, 0))


# --- the installer ----------------------------------------------------------------------------------------------


def test_setup_refuses_an_unknown_part() -> None:
    done = subprocess.run(
        [REPOSITORY / "scripts" / "setup-real.sh", "pdss"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "unknown part 'pdss'" in done.stderr

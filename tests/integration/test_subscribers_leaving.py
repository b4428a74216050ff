"""How people leave: letters that came back, the pages behind a letter's links, and the command."""

import io
import json
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
import urllib3
from click.testing import CliRunner
from listed import LETTER, known, leave_token, paper
from listed import database_url as database_url
from listed import prepared as prepared
from listed import register as register
from sqlmodel import select

from humasbot.cli import cli
from humasbot.content import Addressee, Answered
from humasbot.errors import InputError, StateError
from humasbot.models import Recipient
from humasbot.subscribers import (
    Ledger,
    Register,
    bounce,
    confirm,
    stop,
    subscribe,
)
from humasbot.subscribers.bounces import read_report, take_in
from humasbot.subscribers.serving import server
from humasbot.subscribers.web import answer, application

# Letters that came back


def report(
    status: str = "5.1.1", action: str = "failed", own: str = LETTER, address: str = "a@contoh.id"
) -> bytes:
    return (
        "From: MAILER-DAEMON@mx.lain.id\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.lain.id\r\n\r\n"
        f"Final-Recipient: rfc822; {address}\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID:\r\n {own}\r\nSubject: Kabar\r\n\r\n--b--\r\n"
    ).encode()


@pytest.fixture
def sent(register: Register) -> Recipient:
    row = paper(register, "a@contoh.id")
    person = Addressee(row.id or 0, row.address)
    Ledger(register, "email").record("k", person, Answered("sent", LETTER, "", 1))
    return row


def test_a_letter_that_came_back_for_good_ends_it(
    register: Register, sent: Recipient, tmp_path: Path
) -> None:
    for name in ("cur", "new"):
        (tmp_path / "box" / name).mkdir(parents=True)
    (tmp_path / "box" / "new" / "1").write_bytes(report())
    (told,) = take_in(register, [tmp_path / "box"])
    assert (told.what, told.address, told.status) == ("bounced", "a•••@contoh.id", "5.1.1")
    assert known(register) == [("a@contoh.id", "bounced")]
    assert take_in(register, [tmp_path / "box"])[0].what == "bounced"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (report(own="<lain@contoh.id>"), "foreign"),
        (report(own=f"<{'c' * 24}.{'b' * 12}@contoh.go.id>"), "foreign"),
        (report(status="5.2.2"), "passing"),
        (report(status="4.4.1"), "passing"),
        (report(action="delayed", status="4.4.7"), "passing"),
        (report(action="delivered", status="2.1.5"), "passing"),
        (b"Subject: halo\n\nSaya sedang cuti.\n", "no-report"),
        (b"\x00\xff" * 99, "no-report"),
    ],
)
def test_nobody_leaves_by_a_forged_or_passing_report(
    register: Register, sent: Recipient, tmp_path: Path, data: bytes, what: str
) -> None:
    (tmp_path / "satu.eml").write_bytes(data)
    assert [told.what for told in take_in(register, [tmp_path / "satu.eml"])] == [what]
    assert known(register) == [("a@contoh.id", "active")]


def test_an_mbox_of_reports_is_read_one_by_one(register: Register, sent: Recipient, tmp_path: Path) -> None:
    one = b"From MAILER-DAEMON Sun Nov 22 08:00:00 2026\n" + report().replace(b"\r\n", b"\n") + b"\n"
    (tmp_path / "mbox").write_bytes(one + one.replace(b"5.1.1", b"4.2.2"))
    assert [told.what for told in take_in(register, [tmp_path / "mbox"])] == ["bounced", "passing"]
    with pytest.raises(InputError):
        take_in(register, [tmp_path / "tidak-ada"])


def test_a_report_is_read_as_the_standard_says() -> None:
    (found,) = read_report(report())
    assert (found.address, found.message_id, found.status, found.final) == (
        "a@contoh.id",
        LETTER,
        "5.1.1",
        True,
    )


def test_an_unknown_letter_bounces_nobody(register: Register, sent: Recipient) -> None:
    assert bounce(register, "", "x") is None
    assert bounce(register, "<x>", "x") is None


# The pages


def test_a_link_that_is_only_opened_changes_nothing(register: Register) -> None:
    asked = subscribe(register, "a@contoh.id")
    page = answer(register, "GET", f"/langganan/konfirmasi/{asked.token}")
    assert page.status == 200
    assert '<form method="post">' in page.html
    assert "a•••@contoh.id" in page.html
    assert "a@contoh.id" not in page.html
    assert known(register) == [("a@contoh.id", "pending")]
    assert answer(register, "POST", f"/langganan/konfirmasi/{asked.token}").status == 200
    assert known(register) == [("a@contoh.id", "active")]
    leave = leave_token(register)
    assert answer(register, "GET", f"/berhenti/{leave}").status == 200
    assert known(register) == [("a@contoh.id", "active")]
    assert answer(register, "POST", f"/berhenti/{leave}").status == 200
    assert known(register) == [("a@contoh.id", "stopped")]
    assert answer(register, "POST", f"/konfirmasi/{asked.token}").status == 410


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/apa-saja", 404),
        ("GET", "/berhenti/", 404),
        ("POST", "/berhenti/1-" + "a" * 40, 404),
        ("GET", "/konfirmasi/<script>", 404),
        ("DELETE", "/berhenti/1-" + "a" * 40, 405),
    ],
)
def test_every_other_request_gets_a_quiet_answer(
    register: Register, method: str, path: str, status: int
) -> None:
    page = answer(register, method, path)
    assert page.status == status
    assert "<script>" not in page.html


def test_one_click_as_a_mail_program_sends_it(register: Register) -> None:
    paper(register, "a@contoh.id")
    with server(register, "127.0.0.1", 0) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{running.server_port}/berhenti/{leave_token(register)}"
        body = b"List-Unsubscribe=One-Click"
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        reply = urllib3.request("POST", url, body=body, headers=kind, timeout=5, retries=False)
        head = urllib3.request("HEAD", url, timeout=5, retries=False)
        running.shutdown()
    assert reply.status == 200
    assert "Sudah dihentikan" in reply.data.decode()
    assert reply.headers["Cache-Control"] == "no-store"
    assert (head.status, head.data) == (200, b""), "leaving twice is as good as once"
    assert known(register) == [("a@contoh.id", "stopped")]


def test_the_application_takes_no_flood_and_shows_no_fault(register: Register) -> None:
    def ask(**more: Any) -> str:
        environ: dict[str, Any] = {"wsgi.input": io.BytesIO(b"")}
        setup_testing_defaults(environ)
        told: list[str] = []
        list(application(register)({**environ, **more}, lambda status, headers: told.append(status)))
        return told[0]

    assert ask(REQUEST_METHOD="POST", CONTENT_LENGTH="99999999") == "413 Too Large"
    assert ask(CONTENT_LENGTH="x") == "503 Unavailable"
    register.keyfile.parent.mkdir(exist_ok=True)
    register.keyfile.write_text("rusak")
    assert ask(PATH_INFO="/berhenti/1-" + "a" * 40) == "503 Unavailable"


# The command


@pytest.fixture
def run(tmp_path: Path, database_url: str) -> Callable[..., Any]:
    (tmp_path / "humasbot.toml").write_text(
        f'[humasbot]\ndatabase = "{database_url}"\n[agency]\nname = "Kantor"\n'
    )

    def call(*words: str, code: int = 0) -> Any:
        arguments = ["-c", str(tmp_path / "humasbot.toml"), "subscribers", *words]
        done = CliRunner().invoke(cli, arguments, obj={})
        assert (done.exit_code if not isinstance(done.exception, InputError | StateError) else 1) == code, (
            done.output
        )
        return json.loads(done.output) if "--json" in words and not code else done.output

    return call


def test_the_command_masks_what_it_shows(run: Callable[..., Any], tmp_path: Path) -> None:
    run("add", "0811222333", "--how", "formulir", "--evidence", "map 1", "--name", "Budi")
    run("add", "0811222444", code=1)
    (row,) = run("list", "--json")
    assert (row["address"], row["state"], row["consent_evidence"]) == ("+6281•••333", "active", "map 1")
    assert "+62811222333" not in run("list")
    assert run("list", "--json", "--full")[0]["address"] == "+62811222333"
    out = tmp_path / "daftar.csv"
    assert run("export", "-o", str(out), "--json")["rows"] == 1
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "+62811222333" in out.read_text()
    assert run("stop", "0811222333", "--json")["stopped"][0]["state"] == "stopped"
    run("import", str(out), code=1)
    (tmp_path / "surat.eml").write_bytes(report())
    assert run("bounces", str(tmp_path / "surat.eml"), "--json")[0]["what"] == "foreign"


def test_nothing_of_an_address_is_in_the_log(
    register: Register, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = subscribe(register, "rahasia@contoh.id")
    confirm(register, asked.token)
    stop(register, address="rahasia@contoh.id")
    text = caplog.text + capsys.readouterr().err + capsys.readouterr().out
    assert "rahasia@contoh.id" not in text
    assert asked.token not in text
    with register.database.read() as session:
        assert "rahasia" not in repr(Addressee(1, session.exec(select(Recipient)).one().address))

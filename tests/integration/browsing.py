"""A browser without scripts: it follows the links and sends the forms that a page really has."""

from typing import Any

from lxml import html
from starlette.testclient import TestClient

from humasbot.app import Humasbot
from humasbot.web import app_for

ADDRESS = "http://127.0.0.1:8722"


class Browser:
    """One browser, with cookies of its own; ``page`` is what it shows, ``status`` what came with it."""

    def __init__(self, bot: Humasbot, address: str = ADDRESS, **headers: str) -> None:
        self.bot, self.address = bot, address
        self.client = TestClient(
            app_for(bot, address=address), base_url=address, follow_redirects=False, headers=headers
        )
        self.status, self.where, self.text = 0, "", ""
        self.headers: Any = {}

    def enter(self, name: str, role: str = "approver", agency: str = "") -> "Browser":
        """Come in by an invitation, as a person does."""
        token = self.bot.staff.invite(name, role=role, agency=agency, actor="uji")
        self.open(f"/masuk/{token}")
        return self.press()

    def open(self, path: str, **headers: str) -> "Browser":
        """Go to an address."""
        return self._took(self.client.get(path, headers=headers), path)

    def send(self, path: str, fields: Any, **headers: str) -> "Browser":
        """Send a form as it is given."""
        given = {"origin": self.address, **headers}
        answer = self.client.post(
            path, data=fields, headers={key: value for key, value in given.items() if value}
        )
        return self._took(answer, path)

    def _took(self, answer: Any, path: str) -> "Browser":
        self.status, self.text, self.headers, self.where = (
            answer.status_code,
            answer.text,
            answer.headers,
            path,
        )
        if answer.status_code == 303:
            return self.open(answer.headers["location"].removeprefix(self.address))
        return self

    @property
    def tree(self) -> Any:
        return html.fromstring(self.text)

    @property
    def words(self) -> str:
        """What a person reads, with single spaces."""
        return " ".join(self.tree.text_content().split())

    def form(self, button: str = "") -> tuple[str, list[tuple[str, str]]]:
        """The form that has a *button* of these words (the first one of the page's main part), as it would be sent."""
        for one in self.tree.xpath("//main//form | //*[@class='palang']//form"):
            for each in one.xpath(".//button"):
                if button in " ".join(each.text_content().split()):
                    extra = [(each.get("name"), each.get("value"))] if each.get("name") else []
                    return one.get("action") or self.where, [*_fields(one), *extra]
        raise AssertionError(f"no button {button!r} on {self.where}: {self.words[:1500]}")

    def press(self, button: str = "", **given: str) -> "Browser":
        """Fill in what is *given*, and press the button."""
        action, fields = self.form(button)
        return self.send(
            action, _encoded([(n, v) for n, v in fields if n not in given] + list(given.items()))
        )


def _fields(form: Any) -> list[tuple[str, str]]:
    return [
        (each.get("name"), each.get("value") or "")
        for each in form.xpath(".//input[@name]")
        if each.get("type") != "checkbox"
    ]


def _encoded(fields: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in fields:
        found.setdefault(name, []).append(value)
    return found

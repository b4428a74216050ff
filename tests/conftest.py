"""What every test starts from."""

import pytest


@pytest.fixture(autouse=True)
def speak_indonesian(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default language, whatever the developer's shell or an earlier test chose."""
    monkeypatch.delenv("HUMASBOT_LANG", raising=False)
    monkeypatch.setattr("humasbot.words._preferred", "id")

"""For tests of what is decided, not of how it is stored: SQLite only."""

import pytest


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: how it is stored other tests prove, on both databases."""
    return sqlite_url

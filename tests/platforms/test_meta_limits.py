"""What Instagram and Threads take less of than their pages say: links and hashtags."""

from collections.abc import Iterator

import pytest
from meta_kit import outgoing

from humasbot.content import Outgoing
from humasbot.errors import Rejected
from humasbot.platforms.instagram import Instagram
from humasbot.platforms.threads import Threads
from humasbot.testing import Notes
from humasbot.testing.standin_meta import ThreadsStandIn


@pytest.fixture
def graph() -> Iterator[ThreadsStandIn]:
    with ThreadsStandIn() as server:
        yield server


@pytest.fixture
def threads(graph: ThreadsStandIn) -> Threads:
    return Threads.from_settings({"user_id": graph.user, "token": graph.token, "base_url": graph.url})


def linked(number: int, link: str = "") -> Outgoing:
    return outgoing(" ".join(f"https://a.id/{n}" for n in range(number)), link=link)


@pytest.mark.parametrize(("number", "link", "remarks"), [(3, "", 0), (3, "https://b.id/", 1), (5, "", 1)])
def test_up_to_five_links_are_taken_and_more_than_three_are_remarked(
    threads: Threads, graph: ThreadsStandIn, number: int, link: str, remarks: int
) -> None:
    wanted = linked(number, link)
    assert not threads.validate(wanted)
    assert len(threads.remarks(wanted)) == remarks
    threads.publish(wanted, Notes())
    assert len(graph.accepted) == 1


def test_more_than_five_different_links_are_a_fault_as_they_are_to_threads(
    threads: Threads, graph: ThreadsStandIn
) -> None:
    assert not threads.validate(linked(5, "https://a.id/0"))
    (problem,) = threads.validate(linked(5, "https://lain.id/"))
    assert "6 tautan" in problem.message
    with pytest.raises(Rejected, match="LINK_LIMIT"):
        threads.publish(linked(5, "https://lain.id/"), Notes())
    assert graph.accepted == []


def test_more_hashtags_than_the_app_takes_are_remarked_and_more_than_the_interface_takes_are_a_fault() -> (
    None
):
    given = {"user_id": "17841400000000001", "token": "t", "media_folder": "m", "media_url": "https://a.id/m"}
    instagram = Instagram.from_settings(given)

    def tagged(number: int) -> Outgoing:
        return outgoing(" ".join(f"#tagar{n}" for n in range(number)))

    assert [len(instagram.remarks(tagged(n))) for n in (0, 5, 6, 30)] == [0, 0, 1, 1]
    assert [p.where for p in instagram.validate(tagged(30))] == ["media"]
    assert "31 tagar" in instagram.validate(tagged(31))[1].message

"""Whether a fleet is served: who leads and who publishes, on whatever machine."""

from collections.abc import Iterator

from humasbot.checking.finding import OK, WARNING, Finding
from humasbot.fleet.health import faults
from humasbot.pipeline.office import Office
from humasbot.words import t


def served(office: Office) -> Iterator[Finding]:
    """Every role that nobody fills; a fleet may not have been started yet, so it is a warning."""
    missing = faults(office.database, office.only_agency, office.zone)
    for sentence in missing:
        yield Finding("daemon", "fleet", WARNING, sentence)
    if not missing:
        yield Finding("daemon", "fleet", OK, t("penjadwal, pembaca sumber dan pengirim hidup",
                                               "a scheduler, a reader of sources and a publisher live"))  # fmt: skip

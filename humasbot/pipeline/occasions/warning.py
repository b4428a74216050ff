"""``occasion = "warning"``: an early warning of weather whose area holds the office, until it expires."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from humasbot.config import CampaignTable
from humasbot.indonesian import clock, long_date
from humasbot.models import Happening
from humasbot.occasions import bmkg
from humasbot.pipeline.occasions.base import Occasion
from humasbot.pipeline.occasions.urgent import Urgent
from humasbot.pipeline.office import Office

SAMPLE = {
    "event": "Hujan Lebat dan Petir", "severity": "Moderate", "headline": "Hujan Lebat disertai Petir di Contoh",
    "description": "Hujan lebat disertai petir akan terjadi di wilayah Contoh.\nMasyarakat diimbau tetap waspada.",
    "area": "Contoh",
}  # fmt: skip


class WeatherWarning(Urgent):
    """Warnings by severity; their area was asked when they were read."""

    name: ClassVar[str] = "warning"
    template: ClassVar[str] = "warning"
    tells: ClassVar[str] = "warning"
    card: ClassVar[str] = "warning"

    def matters(self, office: Office, table: CampaignTable, facts: Mapping[str, Any]) -> bool:
        """From the campaign's ``severity`` on."""
        return bool(facts) and bmkg.severe(facts, table.severity)

    def ends(self, table: CampaignTable, row: Happening) -> datetime:
        """When it expires, or earlier where the campaign says so."""
        late = table.late_after
        return min(row.ends_at, row.begins_at + late) if late else row.ends_at

    def words(self, office: Office, facts: Mapping[str, Any]) -> dict[str, str]:
        """Headline, description, advice and end, in BMKG's words."""
        ends = datetime.fromisoformat(facts["expires"]).astimezone(office.zone)
        lines = [*bmkg.paragraphs(facts), f"Berlaku hingga {long_date(ends)} pukul {clock(ends)}."]
        return {
            "title": str(facts.get("headline") or facts.get("event", "")), "text": "\n".join(lines), "summary": "",
            "url": bmkg.WARNING_PAGE,
        }  # fmt: skip

    def data(self, office: Office, facts: Mapping[str, Any]) -> dict[str, Any]:
        """``warning`` with BMKG's words, and the link to BMKG's picture of it, else to its page."""
        begins, ends = (
            datetime.fromisoformat(facts[name]).astimezone(office.zone) for name in ("begins", "expires")
        )
        warning = {
            "headline": facts.get("headline") or facts.get("event", ""), "event": facts.get("event", ""),
            "paragraphs": list(bmkg.paragraphs(facts)), "area": facts.get("area", ""),
            "begins": begins, "ends": ends, "sent": datetime.fromisoformat(facts["sent"]).astimezone(office.zone),
            "credit": bmkg.CREDIT,
        }  # fmt: skip
        return {"warning": warning, "link": facts.get("web") or bmkg.WARNING_PAGE}

    def sample(self, office: Office, name: str, table: CampaignTable, now: datetime) -> Occasion:
        """A warning that nobody gave."""
        ends = now + timedelta(hours=3)
        times = {"sent": now.isoformat(), "begins": now.isoformat(), "expires": ends.isoformat()}
        return self.occasion(office, "warning:sample", now, ends, {**SAMPLE, **times})

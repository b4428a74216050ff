"""``occasion = "earthquake"``: an earthquake that was felt near the office, as BMKG tells it."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from humasbot.config import CampaignTable, Config
from humasbot.indonesian import clock, long_date
from humasbot.models import Happening
from humasbot.occasions import bmkg
from humasbot.pipeline.occasions.base import Fault, Occasion
from humasbot.pipeline.occasions.urgent import Urgent, point_of
from humasbot.pipeline.office import Office
from humasbot.words import t

NEWS = timedelta(hours=3)
"""How long an earthquake is told after it happened, unless the campaign's ``late`` says otherwise."""
SAMPLE = {
    "latitude": -6.9, "longitude": 107.1, "magnitude": 5.6, "depth": "11 km",
    "region": "Pusat gempa berada di darat 10 km barat daya Kabupaten Contoh",
    "felt": "V-VI Contoh, IV Kota Lain", "potential": "Gempa ini tidak berpotensi TSUNAMI",
}  # fmt: skip


class Earthquake(Urgent):
    """Earthquakes by magnitude, intensity and distance."""

    name: ClassVar[str] = "earthquake"
    template: ClassVar[str] = "earthquake"
    tells: ClassVar[str] = "earthquake"
    card: ClassVar[str] = "warning-quake"

    def matters(self, office: Office, table: CampaignTable, facts: Mapping[str, Any]) -> bool:
        """By the campaign's ``magnitude``, ``intensity``, ``distance`` and ``places``."""
        wanted = bmkg.Wanted(
            point_of(office.config), table.magnitude, table.intensity, table.distance, tuple(table.places)
        )
        return bmkg.concerns(facts, wanted)

    def ends(self, table: CampaignTable, row: Happening) -> datetime:
        """Some hours after it."""
        return row.begins_at + (table.late_after or NEWS)

    def words(self, office: Office, facts: Mapping[str, Any]) -> dict[str, str]:
        """Magnitude, time, place, depth, the strongest intensity, and what is said of a tsunami."""
        matter = bmkg.quake_matter(facts)
        at = datetime.fromisoformat(facts["time"]).astimezone(office.zone)
        lines = [
            f"Waktu: {long_date(at)} pukul {clock(at)}.",
            f"Kedalaman: {matter['depth']}." if matter["depth"] else "",
            f"Intensitas terkuat yang dirasakan: skala {matter['intensity']} MMI."
            if matter["intensity"]
            else "",
            str(facts.get("potential", "")) if matter["tsunami"] != "unsaid" else "",
        ]
        title = f"Gempa M {bmkg.magnitude(facts)}: {matter['region']}".removesuffix(": ")
        return {"title": title, "text": "\n".join(filter(None, lines)), "summary": "", "url": bmkg.QUAKE_PAGE}

    def data(self, office: Office, facts: Mapping[str, Any]) -> dict[str, Any]:
        """``quake`` with BMKG's words, and the link: the map of intensities, else BMKG's page."""
        quake = {
            "magnitude": bmkg.magnitude(facts), "region": facts.get("region", ""), "depth": facts.get("depth", ""),
            "at": datetime.fromisoformat(facts["time"]).astimezone(office.zone),
            "felt": bmkg.felt_words(facts.get("felt", "")), "potential": facts.get("potential", ""),
            "tsunami": bmkg.tsunami(facts.get("potential", "")), "shakemap": bmkg.shakemap(facts),
            "credit": bmkg.CREDIT,
        }  # fmt: skip
        return {"quake": quake, "link": bmkg.shakemap(facts) or bmkg.QUAKE_PAGE}

    def sample(self, office: Office, name: str, table: CampaignTable, now: datetime) -> Occasion:
        """An earthquake that did not happen."""
        facts = {**SAMPLE, "time": now.isoformat()}
        return self.occasion(office, "earthquake:sample", now, now + NEWS, facts)

    def faults(self, config: Config, name: str, table: CampaignTable) -> Iterator[Fault]:
        """Besides what all alerts need: where the office is."""
        yield from super().faults(config, name, table)
        if point_of(config) is None:
            yield (
                "",
                t("isi latitude dan longitude di [agency]: jarak gempa dihitung dari kantor",
                  "give latitude and longitude in [agency]: distances are counted from the office"),
            )  # fmt: skip

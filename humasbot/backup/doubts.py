"""What a restore must not believe: between the backup and now the database that is gone went on sending.

Everything that it may have sent meanwhile becomes ``uncertain``, so that it is looked for on its platform before
anything else, and all sending is frozen until a person has looked. Where only our own tables know who was reached
(e-mail, WhatsApp), the platform cannot be asked: each message is in doubt then, and a person decides. These are plain
statements, run in the very transaction that brings the rows back: no process ever sees them without.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from humasbot.indonesian import stamp
from humasbot.words import t

WORKER = "restore"
"""The name under which the attempts of the lost time are written."""
CLOCKS = timedelta(minutes=5)
"""How far the clock of the machine that is gone may have been ahead of ours."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The time of which nothing is known, from the backup to the restore (aware, UTC). *moved*: nothing was sent.

    *people* names the platforms that write to people one by one, each with its kind of recipients.
    """

    backup_at: datetime
    now: datetime
    actor: str
    digest: str
    zone: ZoneInfo
    moved: bool = False
    people: Mapping[str, str] = field(default_factory=dict)

    @property
    def why(self) -> str:
        """The sentence that people read of it."""
        return t("dipulihkan dari cadangan {b}; mungkin sudah terkirim sesudah itu",
                 "restored from a backup of {b}; may have been sent after that",
                 b=stamp(self.backup_at, self.zone))  # fmt: skip


def statements(gap: Gap, *, sqlite: bool, space: str = "") -> list[str]:
    """What is run right after the rows are back, in order. *space* is PostgreSQL's schema."""
    say = _Literals(sqlite)
    table = f'"{space}".humasbot_' if space else "humasbot_"
    now, start, why = say.moment(gap.now), say.moment(gap.backup_at), say.text(gap.why)
    doubted = f"state = 'queued' AND due_at <= {say.moment(gap.now + CLOCKS)}"
    unsure = (
        f"state = 'uncertain', unsure_at = {now}, next_at = {now}, looks = 0, needs_person = false, claimed_by = '', "
        f"lease_until = NULL, reason = {why}, changed_at = {now}"
    )
    made = [] if gap.moved else list(_of_people(gap, say, table, doubted, sqlite))
    made.append(f"UPDATE {table}delivery SET {unsure} WHERE state = 'sending'")  # noqa: S608 - literals of our own
    if not gap.moved:
        first = f"CASE WHEN due_at > {start} THEN due_at ELSE {start} END"
        made += [
            f"INSERT INTO {table}attempt (delivery_id, number, worker, started_at, finished_at, outcome, message) "  # noqa: S608
            f"SELECT id, attempts + 1, '{WORKER}', {first}, {now}, 'uncertain', {why} FROM {table}delivery "
            f"WHERE {doubted}",
            f"UPDATE {table}delivery SET {unsure}, attempts = attempts + 1 WHERE {doubted}",  # noqa: S608
            f"INSERT INTO {table}freeze (agency_id, reason, actor, since, lifted_by) VALUES "  # noqa: S608
            f"(NULL, {say.text(_frozen(gap))}, {say.text(gap.actor)}, {now}, '')",
        ]
    count = f"(SELECT count(*) FROM {table}delivery WHERE state = 'uncertain' AND changed_at = {now})"  # noqa: S608
    made.append(
        f"INSERT INTO {table}restore (backup_at, restored_at, actor, digest, unknown, moved) VALUES "  # noqa: S608
        f"({start}, {now}, {say.text(gap.actor)}, {say.text(gap.digest)}, {count}, {str(gap.moved).lower()})"
    )
    return made


def _of_people(gap: Gap, say: "_Literals", table: str, doubted: str, sqlite: bool) -> Iterator[str]:
    """Every message that the lost time may have brought to its recipient is in doubt."""
    now, why = say.moment(gap.now), say.text(gap.why)
    for platform, kind in gap.people.items():
        name = "json_extract(a.settings, '$.list')" if sqlite else "a.settings ->> 'list'"
        mine = (
            f"SELECT d.key, a.agency_id, coalesce({name}, 'utama') AS list_name FROM {table}account a "  # noqa: S608
            f"JOIN {table}delivery d ON d.account_id = a.id WHERE a.platform = {say.text(platform)} "
            f"AND (d.state IN ('sending', 'uncertain') OR {doubted.replace('state', 'd.state')})"
        )
        yield (
            f"UPDATE {table}recipient_result SET state = 'sending', note = {why}, at = {now} WHERE state = 'later' "  # noqa: S608
            f"AND delivery_key IN (SELECT key FROM ({mine}) mine)"
        )
        yield (
            f"INSERT INTO {table}recipient_result (delivery_key, recipient_id, state, remote_id, note, tries, at) "  # noqa: S608
            f"SELECT mine.key, r.id, 'sending', '', {why}, 1, {now} FROM ({mine}) mine JOIN {table}recipient r "
            f"ON r.agency_id = mine.agency_id AND r.list_name = mine.list_name AND r.kind = {say.text(kind)} "
            f"AND r.state = 'active' WHERE NOT EXISTS (SELECT 1 FROM {table}recipient_result known "
            f"WHERE known.delivery_key = mine.key AND known.recipient_id = r.id)"
        )


def _frozen(gap: Gap) -> str:
    return t("{why}. Tunggu sampai humasbot deliveries --state uncertain kosong, periksa, baru lepaskan",
             "{why}. Wait until humasbot deliveries --state uncertain is empty, look, and only then lift it",
             why=gap.why)  # fmt: skip


def same_counts(counts: dict[str, int], space: str) -> list[str]:
    """Statements that stop PostgreSQL's transaction unless every table has as many rows as it had."""
    return [
        f'DO $humasbot$ BEGIN IF (SELECT count(*) FROM "{space}"."{name}") <> {number:d} THEN '  # noqa: S608
        f"RAISE EXCEPTION 'table {name} does not have {number:d} rows'; END IF; END $humasbot$"
        for name, number in counts.items()
    ]


class _Literals:
    """Values written into a statement, as each database writes them: psql takes no parameters."""

    def __init__(self, sqlite: bool) -> None:
        self._sqlite = sqlite

    def text(self, value: str) -> str:
        return "'" + value.replace("\0", "").replace("'", "''") + "'"

    def moment(self, value: datetime) -> str:
        value = value.astimezone(UTC)
        if self._sqlite:  # as SQLAlchemy writes it, so that texts compare as times do
            return self.text(value.strftime("%Y-%m-%d %H:%M:%S.%f"))
        return self.text(value.isoformat(timespec="microseconds"))

"""``Humasbot``: the one object that every door uses – the command, the daemon, and other people's programs."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from humasbot import config as configuration
from humasbot.config import Config
from humasbot.connecting.base import Talk
from humasbot.errors import ConfigError, Problem
from humasbot.models import Delivery
from humasbot.pipeline import announce as announcing
from humasbot.pipeline import approve as approving
from humasbot.pipeline import (
    asked,
    changes,
    ingest,
    keeping,
    measure,
    plan,
    prepare,
    publish,
    quotas,
    reconcile,
    renew,
    setup,
    stopping,
    tidying,
    watch,
)
from humasbot.pipeline import connect as connecting
from humasbot.pipeline import correct as correcting
from humasbot.pipeline import withdraw as withdrawing
from humasbot.pipeline.alerting import Alerts
from humasbot.pipeline.announce import Announced, Proposal, Standing
from humasbot.pipeline.compose import Draft
from humasbot.pipeline.correct import Correction
from humasbot.pipeline.days import Days
from humasbot.pipeline.desk import Desk
from humasbot.pipeline.imports.door import Imports
from humasbot.pipeline.office import Office
from humasbot.pipeline.staff import Staff
from humasbot.pipeline.stopping import Revoked
from humasbot.pipeline.trail import Trail
from humasbot.tomlplace import Lines
from humasbot.vault import Vault
from humasbot.views import Views
from humasbot.words import t


class Humasbot:
    """An office, configured by a ``humasbot.toml`` or by a mapping of the same shape.

    ::

        with Humasbot("humasbot.toml") as bot:
            bot.announce("https://diskominfo.example.go.id/berita/1", actor="budi")
            bot.publish()

    It holds no global state, starts no thread before :meth:`publish`, uses an SQLAlchemy engine of its own, and leaves
    the host's logging alone. One object may be shared by the threads of a web server; close it at the end.

    Raises :class:`~humasbot.errors.ConfigError` with every fault of the configuration at once.
    """

    def __init__(
        self, config: str | Path | dict[str, Any], *, folder: Path | None = None, migrate: bool = True
    ) -> None:
        self.config = load(config, folder)
        self.office = Office(self.config, Vault(self.config.folder))
        self.views = Views(self.office.database)
        self.trail = Trail(self.office)
        self.alerts = Alerts(self.office)
        self.days = Days(self.office)
        self.imports = Imports(self.office)
        self.staff = Staff(self.office)
        if migrate:
            self.office.database.migrate()
            setup.store(self.office)

    def __repr__(self) -> str:
        return f"Humasbot({self.config.agency.name!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the database's connections."""
        self.office.close()

    # One announcement

    def propose(
        self,
        where: str,
        *,
        to: Sequence[str] = ("*",),
        at: datetime | None = None,
        stdin: str = "",
        again: bool = False,
    ) -> Proposal:
        """What announcing *where* (address, Markdown file, or ``-`` for *stdin*) would say; changes nothing.

        *to* are account names, *at* an aware time; *again*: also where it was withdrawn before. Raises
        :class:`~humasbot.errors.InputError`, :class:`~humasbot.errors.FetchError`.
        """
        to, at = asked.names(to), asked.moment(at)
        item = announcing.read_item(self.office, asked.place(where), stdin=stdin)
        return announcing.propose(self.office, item, to=to, at=at, again=again)

    def commit(self, proposal: Proposal, *, actor: str) -> Announced:
        """Approve a proposal as *actor* and queue it.

        Raises :class:`~humasbot.errors.StateError` when it has problems.
        """
        return announcing.commit(self.office, proposal, actor=asked.person(actor))

    def announce(
        self,
        where: str,
        *,
        actor: str,
        to: Sequence[str] = ("*",),
        at: datetime | None = None,
        again: bool = False,
    ) -> list[Standing]:
        """Propose, approve as *actor* and queue in one step; return where each account stands.

        Announcing the same address makes nothing new, except where it was withdrawn and is to be said *again*. The
        daemon, or :meth:`publish`, sends what is queued.
        """
        actor = asked.person(actor)
        proposal = self.propose(where, to=to, at=at, again=again)
        self.commit(proposal, actor=actor)
        return self.standing(announcing.subject_of(proposal.item))

    def standing(self, subject: str) -> list[Standing]:
        """Where every account stands with a subject (the canonical address of an announcement)."""
        with self.office.database.read() as session:
            return announcing.standing(session, setup.agency_of(session, self.config), subject)

    # The arrows

    def ingest(self, urgent: bool | None = None) -> int:
        """Read every source whose time has come, or *urgent* ones only, or only others; how many Articles are new."""
        return ingest.ingest_due(self.office, urgent)

    def plan(self, now: datetime | None = None) -> int:
        """Make every Post due within the horizon; how many."""
        return plan.plan(self.office, asked.moment(now))

    def publish(self, *, stop: Callable[[], bool] = lambda: False, only: Sequence[int] | None = None) -> int:
        """Send everything due now (or only those delivery ids), in a few threads; how many attempts were made."""
        return publish.publish_due(self.office, stop=stop, only=only)

    def prepare(self) -> int:
        """Do ahead what the next deliveries allow (pictures uploaded); how many were prepared."""
        return prepare.prepare_ahead(self.office)

    def reconcile(self) -> int:
        """Look for what is uncertain; how many were looked for."""
        return reconcile.reconcile(self.office)

    def measure(self) -> int:
        """Ask the platforms for their figures; how many posts were counted."""
        return measure.measure_due(self.office)

    def ask_quotas(self, now: datetime | None = None) -> int:
        """Ask the platforms what is left of their quotas, each account once an hour; how many told something."""
        return quotas.ask_due(self.office, asked.moment(now))

    def sweep(self, now: datetime | None = None) -> int:
        """Remove pictures that were lent to a platform more than a day ago and stayed behind; how many."""
        return tidying.sweep(self.office, asked.moment(now))

    def quotas(self, now: datetime | None = None) -> list[dict[str, Any]]:
        """What is used and left of every account's quota, and what its posts cost this month."""
        return quotas.listed(self.office, asked.moment(now))

    def renew(self, now: datetime | None = None, *, stop: Callable[[], bool] = lambda: False) -> int:
        """Renew the tokens whose time has come, tell of those that cannot be; how many were looked at."""
        return renew.renew(self.office, asked.moment(now), stop)

    # Connecting

    def connect(
        self,
        platform: str,
        talk: Talk,
        *,
        account: str = "",
        addresses: Mapping[str, str] | None = None,
        redirect: str = "",
        via: str = "",
        actor: str = "",
    ) -> connecting.Connected:
        """Walk a person through connecting an account; see :func:`humasbot.pipeline.connect.connect`."""
        return connecting.connect(
            self.office,
            talk,
            platform,
            account=account,
            addresses=addresses,
            redirect=redirect,
            via=via,
            actor=actor,
        )

    def keep(self, account: str, name: str, secret: str, *, actor: str = "") -> None:
        """Store one secret of an account, encrypted. Raises :class:`~humasbot.errors.InputError` for an empty one."""
        keeping.keep(self.office, account, name, secret, actor=actor)

    # Decisions

    def approve(self, post_id: int, *, actor: str) -> list[Delivery]:
        """Approve every waiting Variant of a Post. Raises :class:`~humasbot.errors.StateError`."""
        number, actor = asked.number(post_id, t("kiriman", "post")), asked.person(actor)
        with self.office.database.write() as session:
            return approving.approve_post(session, number, actor=actor)

    def desk(self, agency: int) -> Desk:
        """What people of the agency of that number see and decide; who that is, :attr:`staff` knows."""
        return Desk(self.office, agency)

    def cancel(self, post_id: int, *, actor: str) -> int:
        """Stop every Delivery of a Post that is still queued; how many were."""
        number = asked.number(post_id, t("kiriman", "post"))
        return approving.cancel_post(self.office.database, number, actor=asked.person(actor))

    def resolve(
        self, delivery_id: int, *, actor: str, exists: str = "", resend: bool = False, drop: bool = False
    ) -> None:
        """Settle an uncertain Delivery as a person: it *exists* at that address, is sent again, or is dropped.

        Raises :class:`~humasbot.errors.StateError`, and :class:`~humasbot.errors.InputError` for no web address.
        """
        number, actor = asked.number(delivery_id, t("pengiriman", "delivery")), asked.person(actor)
        exists = asked.address(exists) if exists else ""
        reconcile.resolve(self.office, number, actor=actor, exists=exists, resend=resend, drop=drop)

    def pause(self, name: str, *, actor: str) -> None:
        """Let an account send nothing until :meth:`resume`. Raises :class:`~humasbot.errors.NotFoundError`."""
        who = asked.person(actor)
        setup.set_pause(self.office, name, t("dijeda oleh {a}", "paused by {a}", a=who), actor=who)

    def resume(self, name: str, *, actor: str = "") -> None:
        """Let a paused account send again; *actor* is who says so. Raises :class:`~humasbot.errors.NotFoundError`."""
        setup.set_pause(self.office, name, "", actor=actor)

    def release(self, article_id: int, *, actor: str = "") -> None:
        """Let a held Article become Posts. Raises :class:`~humasbot.errors.StateError` when it is not held."""
        ingest.release(self.office, asked.number(article_id, t("berita", "article")), actor=actor)

    # What changed after it was said

    def watch(self, now: datetime | None = None) -> int:
        """Look at the pages that sent posts link to, those whose time has come; how many were looked at."""
        return watch.watch(self.office, asked.moment(now))

    def proposals(self, state: str = "open", limit: int = 50) -> list[dict[str, Any]]:
        """The newest proposals of corrections: ``open``, ``taken``, ``dismissed``, or ``""`` for all."""
        return changes.listed(self.office, state, limit)

    def proposal(self, number: int) -> dict[str, Any]:
        """One proposal with both versions and their difference. Raises :class:`~humasbot.errors.NotFoundError`."""
        return changes.shown(self.office, asked.number(number, t("usul", "proposal")))

    def dismiss(self, number: int, *, actor: str, note: str = "") -> None:
        """Let the posts stand as they are. Raises :class:`~humasbot.errors.StateError` when it is decided already."""
        number = asked.number(number, t("usul", "proposal"))
        changes.dismiss(self.office, number, actor=asked.person(actor), note=note)

    def correction(
        self, post_id: int, *, text: str = "", words: Mapping[str, str] | None = None, changed: str = ""
    ) -> Correction:
        """What correcting a public Post would say: a person's *text*, or what the website says now; changes nothing.

        Raises as :func:`humasbot.pipeline.correct.propose`.
        """
        number = asked.number(post_id, t("kiriman", "post"))
        return correcting.propose(self.office, number, correcting.Wish(text, words, changed))

    def corrections(self, number: int) -> list[Correction]:
        """What taking a proposal of kind ``edit`` would say, one correction for each of its posts."""
        return correcting.of_proposal(self.office, asked.number(number, t("usul", "proposal")))

    def correct(
        self, corrections: Sequence[Correction], *, actor: str, proposal: int | None = None
    ) -> dict[int, tuple[int, ...]]:
        """Approve corrections as *actor* and queue them; with *proposal*, that proposal is taken.

        Raises :class:`~humasbot.errors.StateError`.
        """
        return correcting.commit(self.office, corrections, actor=asked.person(actor), proposal=proposal)

    def withdraw(
        self, post_id: int, *, reason: str, actor: str, proposal: int | None = None
    ) -> withdrawing.Withdrawn:
        """Take a Post back wherever the platform lets us; the answer says where a person has to.

        Raises :class:`~humasbot.errors.NotFoundError`, and :class:`~humasbot.errors.InputError` without a reason.
        """
        number = asked.number(post_id, t("kiriman", "post"))
        return withdrawing.withdraw(
            self.office, number, reason=reason, actor=asked.person(actor), proposal=proposal
        )

    def withdrawn(self, post_id: int, account: str, *, actor: str) -> int:
        """A person has deleted on *account* what could not be deleted by itself; how many posts were.

        Raises :class:`~humasbot.errors.NotFoundError`, :class:`~humasbot.errors.StateError`.
        """
        number = asked.number(post_id, t("kiriman", "post"))
        return withdrawing.by_hand(self.office, number, account, actor=asked.person(actor))

    # Stopping at once

    def freeze(self, *, reason: str, actor: str, everything: bool = False) -> None:
        """Let nothing but alerts (priority 10) leave, of this agency or of *everything* in this database.

        Every process asks right before each call, so it holds within a second. Raises
        :class:`~humasbot.errors.InputError` without a reason.
        """
        stopping.freeze(self.office, everything=everything, reason=reason, actor=asked.person(actor))

    def unfreeze(self, *, actor: str, everything: bool = False) -> int:
        """Lift a freeze; how many were lifted. Raises :class:`~humasbot.errors.StateError` when none stands."""
        return stopping.unfreeze(self.office, everything=everything, actor=asked.person(actor))

    def freezes(self) -> list[dict[str, Any]]:
        """The freezes that stop this agency now."""
        with self.office.database.read() as session:
            return [row.model_dump() for row in stopping.freezes(session, self.config)]

    def revoke(self, name: str, *, reason: str, actor: str) -> Revoked:
        """Forget an account's credential at once; the answer says what a person has to remove elsewhere.

        Raises :class:`~humasbot.errors.NotFoundError`, and :class:`~humasbot.errors.InputError` without a reason.
        """
        return stopping.revoke(self.office, name, reason=reason, actor=asked.person(actor))

    def speak(self, campaign: str, on: date) -> int | None:
        """Make the Post of a daily campaign for a day now, unless it has one; its number, or ``None``.

        The campaign's ``late`` rule and approval hold as ever. Raises :class:`~humasbot.errors.NotFoundError`.
        """
        return plan.speak(self.office, campaign, on)

    # Looking ahead

    def preview(self, campaign: str, on: date) -> list[Draft]:
        """What a daily campaign would say on a day, for every account; does not touch the database.

        Raises :class:`~humasbot.errors.NotFoundError` for an unknown campaign.
        """
        return plan.preview(self.office, campaign, on)


def load(source: str | Path | dict[str, Any], folder: Path | None = None) -> Config:
    """Read and check a configuration whole. Raises :class:`~humasbot.errors.ConfigError` with every fault."""
    if isinstance(source, dict):
        lines = Lines(t("konfigurasi", "configuration"))
        config, problems = configuration.parse(source, Path(folder or Path.cwd()).resolve(), lines)
    else:
        config, problems = configuration.read(Path(source))
    if config is not None:
        told = {problem.where for problem in problems}
        problems += [problem for problem in setup.faults(config) if problem.where not in told]
    if problems or config is None:
        raise ConfigError(*sorted(problems, key=_line))
    return config


def _line(problem: Problem) -> tuple[int, str]:
    number = problem.where.partition(":")[2].partition(" ")[0]
    return (int(number) if number.isdigit() else 0, problem.where)

"""The office: its accounts, sources, templates and daemon, each asked once."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from humasbot.checking.credentials import standing as credential
from humasbot.checking.credentials import uses_store
from humasbot.checking.finding import ERROR, OK, WARNING, Finding, guarded
from humasbot.config import CampaignTable, Config
from humasbot.errors import AuthExpired, Problem, PublishError, RateLimited, Unsupported
from humasbot.indonesian import stamp
from humasbot.models import Account, Source, utc_now
from humasbot.pipeline.compose import Composer, Draft, Matter, Rule
from humasbot.pipeline.occasions.registry import kind_of
from humasbot.pipeline.office import Office, whose
from humasbot.pipeline.setup import unsaved
from humasbot.platforms.registry import platform
from humasbot.sources.registry import source_kind
from humasbot.words import t

T = TypeVar("T")
AT_ONCE = 8
SILENT = timedelta(minutes=2)
NAME = re.compile("[A-Za-z_][A-Za-z0-9_]{0,49}")
LOCAL = "board"
"""The one platform that is asked without network: a folder."""


def each(items: Sequence[T], look: Callable[[T], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings about *items*, looked at several at once, told in their order."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="humasbot-check") as pool:
        for found in pool.map(lambda item: list(look(item)), items):
            yield from found


def accounts(office: Office, paused: Mapping[str, str], *, offline: bool) -> Iterator[Finding]:
    """Each account: its secrets, its settings, and unless *offline* its credential on the platform itself."""
    rows = unsaved(office.config, ["*"])[1]

    def look(account: Account) -> Iterator[Finding]:
        return guarded("account", account.name, partial(_account, office, account, paused, offline=offline))

    yield from each(rows, look)


def _account(
    office: Office, account: Account, paused: Mapping[str, str], *, offline: bool
) -> Iterator[Finding]:
    def found(level: str, message: str) -> Finding:
        return Finding("account", account.name, level, message)

    dry_run = office.config.accounts[account.name].dry_run
    cls = platform(account.platform)
    _, missing = office.settings_of(cls, account.settings, whose(account))
    if dry_run:
        office.stand_in(account)
        yield found(OK, t("uji coba (dry_run): disusun, tidak dikirim", "dry run: composed, not sent"))
        return
    if missing:
        yield found(ERROR, _secrets(account, missing))
        office.stand_in(account)  # raises what else is wrong with its settings
        return
    if account.name in paused:
        yield found(
            WARNING,
            t("dijeda ({why}); lanjutkan dengan: humasbot accounts resume {n}",
              "paused ({why}); go on with: humasbot accounts resume {n}", why=paused[account.name], n=account.name),
        )  # fmt: skip
    if uses_store(account.settings):
        standing = list(credential(office, account, utc_now()))
        yield from standing
        if standing:
            return
    publisher = office.publisher(account)
    if offline and account.platform != LOCAL:
        yield found(
            OK, t("rahasia ada (belum dicoba ke {p})", "secrets are there (not tried on {p})", p=cls.title)
        )
        return
    try:
        yield found(OK, t("{p} menjawab: {w}", "{p} answers: {w}", p=cls.title, w=publisher.verify()))
    except Unsupported:
        yield found(OK, t("rahasia ada ({p} tidak dapat dicoba tanpa mengirim)",
                          "secrets are there ({p} cannot be tried without sending)", p=cls.title))  # fmt: skip
    except RateLimited as error:
        yield found(WARNING, str(error))
    except AuthExpired as error:
        yield found(ERROR, _renew(account, str(error)))
    except PublishError as error:
        yield found(ERROR, str(error))


def _renew(account: Account, why: str) -> str:
    if uses_store(account.settings):
        return t("{why} – hubungkan lagi: humasbot connect {p} --account {a}",
                 "{why} – connect it again: humasbot connect {p} --account {a}", why=why, p=account.platform,
                 a=account.name)  # fmt: skip
    return t("{why} – perbarui rahasianya di .env", "{why} – renew its secret in .env", why=why)


def _secrets(account: Account, missing: Sequence[Problem]) -> str:
    """What is wrong with an account's secrets; those not set in the environment by their names, in one sentence."""
    empty, others = [], []
    for problem in missing:
        value = account.settings.get(problem.where)
        # What is no variable's name may be the secret itself in the wrong place: the vault's words do not repeat it.
        if isinstance(value, Mapping) and NAME.fullmatch(str(value.get("env", ""))):
            empty.append(str(value["env"]))
        else:
            others.append(str(problem))
    if empty:
        names = ", ".join(empty)
        others.insert(
            0, t("{n} belum diisi; tulis di berkas .env", "{n} not set; write it in the file .env", n=names)
        )
    return "; ".join(others)


def sources(office: Office, failing: Mapping[str, str], *, offline: bool) -> Iterator[Finding]:
    """Each source: whether it can be read. *offline* leaves out those on the web."""

    def look(name: str) -> Iterator[Finding]:
        return guarded("source", name, partial(_source, office, name, failing, offline=offline))

    yield from each(list(office.config.sources), look)


def _source(office: Office, name: str, failing: Mapping[str, str], *, offline: bool) -> Iterator[Finding]:
    table = office.config.sources[name]
    cls = source_kind(table.kind)
    reader = office.reader(Source(agency_id=0, name=name, kind=table.kind, settings=table.settings))
    if not offline or any(option.path for option in cls.settings):
        yield Finding("source", name, OK, reader.check())
    elif name in failing:
        yield Finding("source", name, WARNING, t("pembacaan terakhir gagal: {why}", "the last reading failed: {why}",
                                                 why=failing[name]))  # fmt: skip
    else:
        yield Finding(
            "source", name, OK, t("pengaturan sah (belum dihubungi)", "settings are sound (not contacted)")
        )


def addresses(config: Config) -> list[str]:
    """The web addresses of the sources."""
    found = [str(table.settings.get("url", "")) for table in config.sources.values()]
    return [address for address in found if address.startswith(("http://", "https://"))]


def templates(office: Office, now: datetime) -> Iterator[Finding]:
    """Each campaign: its text and card filled with sample data for every account, and its card's own check."""
    for name, table in office.config.campaigns.items():
        yield from guarded("template", name, partial(_campaign, office, name, table, now))
    cards = dict.fromkeys(
        card
        for table in office.config.campaigns.values()
        for card in kind_of(table.occasion).cards(office.config, table)
    )
    for name in cards:
        yield from guarded("template", name, partial(_card, office, name))


def _campaign(office: Office, name: str, table: CampaignTable, now: datetime) -> Iterator[Finding]:
    agency, rows = unsaved(office.config, table.accounts)
    kind = kind_of(table.occasion)
    occasion = kind.sample(office, name, table, now)
    if occasion is None:
        matter, rule = sample(office.config, table, now), Rule.of(table, kind.template)
    else:
        matter, rule = kind.matter(office, table, occasion), kind.rule(table, occasion)
    # What a sample would cost, and the room in a quota, say nothing of the template.
    composer = Composer(office, agency, matter, replace(rule, counts=False))
    faults: dict[tuple[str, str], list[str]] = {}
    shown = 0
    for account in rows:
        if _usable(office, account):
            shown += 1
            for fault in _faults(composer.draft(account)):
                faults.setdefault(fault, []).append(account.name)
    for (level, message), names in faults.items():
        yield Finding("template", name, level, f"{', '.join(names)}: {message}")
    if faults:
        return
    yield Finding(
        "template", name, OK,
        t('templat "{x}" tersusun untuk {n} akun', 'the template "{x}" is composed for {n} accounts', x=rule.template,
          n=shown),
    )  # fmt: skip


def _usable(office: Office, account: Account) -> bool:
    """Whether the account's settings are sound; what is wrong with them is told where accounts are checked."""
    return not any(True for _ in guarded("account", account.name, lambda: _built(office, account)))


def _built(office: Office, account: Account) -> Iterator[Finding]:
    office.stand_in(account)
    yield from ()


def _faults(draft: Draft) -> list[tuple[str, str]]:
    """Level and sentence of whatever is wrong with one account's draft."""
    found = [(ERROR, problem) for problem in draft.problems]
    found += [(WARNING, note) for note in draft.notes]
    if not draft.text and not found:
        found.append((ERROR, t("templat tidak menghasilkan teks", "the template gives no text")))
    return list(dict.fromkeys(found))


def sample(config: Config, table: CampaignTable, now: datetime) -> Matter:
    """Something short to say, of the kind that the campaign speaks about."""
    site = config.agency.website.rstrip("/") or "https://example.go.id"
    return Matter(
        title="Pelayanan libur pada hari besar",
        due=now,
        text="Seluruh loket libur. Layanan darurat 112 tetap bekerja.",
        summary="Seluruh loket libur. Layanan darurat 112 tetap bekerja.",
        link=f"{site}/berita/contoh",
        categories=tuple(table.categories[:1]) or ("Pengumuman",),
        published=now,
    )


def _card(office: Office, name: str) -> Iterator[Finding]:
    agency, _ = unsaved(office.config, [])
    faults = office.renderer(agency).check(name)
    for fault in faults:
        yield Finding("template", name, ERROR, str(fault))
    if not faults:
        yield Finding(
            "template", name, OK, t("kartu tergambar di semua ukuran", "the card can be drawn in every size")
        )


def daemon(config: Config, now: datetime) -> Iterator[Finding]:
    """Whether a daemon that was started still works; an office may do without one."""
    path = config.path(config.humasbot.data) / "daemon.json"
    try:
        beat: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        last = datetime.fromisoformat(beat["at"])
        silent = now - last > SILENT
    except FileNotFoundError:
        yield Finding("daemon", "heartbeat", OK, t("tidak berjalan; untuk kerja otomatis: humasbot daemon",
                                                   "does not run; to work by itself: humasbot daemon"))  # fmt: skip
        return
    except (OSError, ValueError, KeyError, TypeError):
        sentence = t(
            "{p} tidak terbaca; hapus, lalu mulai ulang daemon",
            "{p} cannot be read; remove it and restart the daemon",
            p=path,
        )
        yield Finding("daemon", "heartbeat", ERROR, sentence)
        return
    if silent:
        yield Finding(
            "daemon", "heartbeat", ERROR,
            t("tidak memberi kabar sejak {at}; mulai ulang: humasbot daemon",
              "silent since {at}; start it again: humasbot daemon", at=stamp(last, config.zone)),
        )  # fmt: skip
        return
    yield Finding(
        "daemon",
        "heartbeat",
        OK,
        t("bekerja (kabar {at})", "works (heard of {at})", at=stamp(last, config.zone)),
    )
    for name, job in beat.get("jobs", {}).items():
        if job.get("error"):
            yield Finding(
                "daemon",
                name,
                ERROR,
                t("pekerjaan ini gagal: {why}", "this job fails: {why}", why=job["error"]),
            )

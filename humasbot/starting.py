"""The first files of an office: a commented ``humasbot.toml``, a ``.env.example`` and a ``.gitignore``."""

import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from humasbot.errors import InputError
from humasbot.pipeline.office import FROM_AGENCY
from humasbot.platforms.base import Publisher, Setting
from humasbot.platforms.registry import platform
from humasbot.words import language, reason, t

ZONES = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}
IGNORED = (".env", "humasbot.db", "humasbot.db-wal", "humasbot.db-shm", "data/")
LEFT_OUT = {"x": ("bearer_token",), "instagram": ("s3_secret",), "threads": ("s3_secret",)}
"""Secrets that only serve instead of others: written as a comment."""
WRITTEN = {"email": ("user",), "instagram": ("media_folder", "media_url")}
"""Settings that are one of several ways, one of which is needed: written out all the same."""
WHERE = {
    "x": (
        "developer.x.com → aplikasi Anda → Keys and tokens; izinnya harus Read and write",
        "developer.x.com → your app → Keys and tokens; its permission must be Read and write",
    ),
    "facebook": (
        "developers.facebook.com → Graph API Explorer → token halaman dengan pages_manage_posts, pages_read_engagement",
        "developers.facebook.com → Graph API Explorer → a page token with pages_manage_posts, pages_read_engagement",
    ),
    "instagram": (
        "developers.facebook.com → aplikasi Anda → Instagram; izinnya instagram_content_publish",
        "developers.facebook.com → your app → Instagram; its permission is instagram_content_publish",
    ),
    "threads": (
        "developers.facebook.com → aplikasi Anda → Threads API; izinnya threads_content_publish",
        "developers.facebook.com → your app → Threads API; its permission is threads_content_publish",
    ),
    "linkedin": (
        "linkedin.com/developers → aplikasi Anda → Auth; izinnya w_organization_social, r_organization_social",
        "linkedin.com/developers → your app → Auth; its permissions are w_organization_social, r_organization_social",
    ),
    "bluesky": (
        "bsky.app → Settings → Privacy and security → App passwords (bukan sandi akun)",
        "bsky.app → Settings → Privacy and security → App passwords (not the account's password)",
    ),
    "email": (
        "kata sandi kotak surat pengirim, dari pengelola server surel kantor",
        "the password of the sender's mailbox, from whoever runs the office's mail server",
    ),
    "whatsapp": (
        "business.facebook.com → Pengguna sistem → token dengan whatsapp_business_messaging",
        "business.facebook.com → System users → a token with whatsapp_business_messaging",
    ),
    "mastodon": (
        "server Mastodon Anda → Preferences → Development → New application → Your access token",
        "your Mastodon server → Preferences → Development → New application → Your access token",
    ),
}
"""Where a person finds a platform's secrets (menus as of 2026-11-22)."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What an office said of itself. ``zone`` is WIB, WITA or WIT; ``website`` may be empty."""

    name: str
    short: str
    zone: str
    website: str
    platforms: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.name:
            raise InputError(t("nama kantor wajib diisi (--name)", "the office needs a name (--name)"))
        if self.zone not in ZONES:
            raise InputError(
                t("zona {z} tidak dikenal; pilihannya: {all}", "there is no zone {z}; choose from: {all}", z=self.zone,
                  all=", ".join(ZONES))
            )  # fmt: skip


def answers(name: str, short: str, zone: str, website: str, platforms: Iterable[str]) -> Answers:
    """Tidy what a person typed. Raises :class:`~humasbot.errors.InputError`, and ConfigError for a platform."""
    chosen = tuple(dict.fromkeys(part.strip().lower() for part in platforms if part.strip()))
    for one in chosen:
        platform(one)
    return Answers(_line(name), _line(short), zone.strip().upper(), address(website), chosen)


def address(text: str) -> str:
    """A web address as typed (``disdik.example.go.id``) made whole; empty stays empty."""
    text = _line(text).rstrip("/")
    if not text:
        return ""
    whole = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(whole)
        _ = parts.port  # raises for one that is no number
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in whole
    except ValueError:
        sound = False
    if not sound:
        raise InputError(
            t('"{x}" bukan alamat web; tulis misalnya https://dinas.example.go.id',
              '"{x}" is not a web address; write https://dinas.example.go.id', x=text)
        )  # fmt: skip
    return whole


def write(folder: Path, said: Answers, *, force: bool = False) -> list[Path]:
    """Write the files into *folder* and return them; nothing is overwritten without *force*, not even in part.

    A ``.gitignore`` that is there is only added to. Raises :class:`~humasbot.errors.InputError`.
    """
    texts = {folder / "humasbot.toml": config_text(said), folder / ".env.example": env_text(said)}
    there = [path.name for path in texts if path.exists()]
    if there and not force:
        raise InputError(
            t("{f} sudah ada di {d}; pakai --force untuk menimpa, atau --folder lain",
              "{f} exists in {d}; use --force to overwrite, or another --folder", f=", ".join(there), d=folder)
        )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    kept = ignore.read_text(encoding="utf-8") if ignore.exists() else ""
    missing = [name for name in IGNORED if name not in kept.splitlines()]
    if missing:
        texts[ignore] = (kept.rstrip("\n") + "\n" if kept.strip() else "") + "\n".join(missing) + "\n"
    for path, text in texts.items():
        half = path.with_name(f".{path.name}.{os.getpid()}.baru")
        try:
            half.write_text(text, encoding="utf-8", newline="\n")
            half.replace(path)
        except OSError as error:
            half.unlink(missing_ok=True)
            raise InputError(
                t("{f} tidak dapat ditulis: {why}", "{f} cannot be written: {why}", f=path, why=reason(error))
            ) from None  # fmt: skip
    return list(texts)


def config_text(said: Answers) -> str:
    """The whole ``humasbot.toml``."""
    short = _toml(said.short or said.name)
    head = {
        "language": language(),
        "name": _toml(said.name),
        "short": short,
        "sign_off": short,
        "website": _toml(said.website),
    }
    parts = [_HEAD.format(zone=ZONES[said.zone], label=said.zone, **head)]
    parts.append(_SOURCE.format(url=_toml(said.website)) if said.website else _NO_SOURCE)
    parts.append(_ACCOUNTS)
    parts += [_account(name, said) for name in said.platforms]
    parts.append(_GREETING)
    parts.append(_NEWS if said.website else "")
    parts.append(_PAGE)
    return _spoken("\n".join(part.strip("\n") + "\n" for part in parts if part))


def env_text(said: Answers) -> str:
    """The whole ``.env.example``: every secret of the chosen platforms, with a sentence where to get it."""
    lines = [
        t("# Salin berkas ini menjadi .env (cp .env.example .env), isi nilainya, dan jangan pernah dibagikan.",
          "# Copy this file to .env (cp .env.example .env), fill in the values, and never share it."),
        t("# Berkas .env sudah dikecualikan di .gitignore.", "# The file .env is left out by .gitignore already."),
    ]  # fmt: skip
    for name in said.platforms:
        cls = platform(name)
        secrets = [setting for setting in cls.settings if setting.secret]
        if secrets:
            fallback = (f"pengaturan pengembang di {cls.title}", f"the developer settings of {cls.title}")
            lines += ["", f"# {cls.title}: {t(*WHERE.get(name, fallback))}"]
        for setting in secrets:
            hidden = "# " if setting.name in LEFT_OUT.get(name, ()) else ""
            lines += [f"# {setting.about}", f"{hidden}{variable(name, setting)}="]
    return "\n".join(lines) + "\n"


def variable(name: str, setting: Setting) -> str:
    """The environment variable of a platform's secret."""
    return re.sub(r"\W", "_", f"{name}_{setting.name}").upper()


def _account(name: str, said: Answers) -> str:
    cls = platform(name)
    lines = [f"[accounts.{name}]", f"platform = {_toml(name)}"]
    later = []
    for setting in cls.settings:
        if setting.name in FROM_AGENCY:
            continue
        if setting.secret and setting.name not in LEFT_OUT.get(name, ()):
            lines.append(f'{setting.name} = {{ env = "{variable(name, setting)}" }}  # {setting.about}')
        elif setting.secret:
            later.append(f'# {setting.name} = {{ env = "{variable(name, setting)}" }}  # {setting.about}')
        elif (setting.required and not setting.default) or setting.name in WRITTEN.get(name, ()):
            lines.append(f"{setting.name} = {_toml(_sample(cls, setting, said))}  # {setting.about}")
        else:
            later.append(f"# {setting.name} = {_toml(setting.default)}  # {setting.about}")
    return "\n".join(
        [*lines, *later, f"# dry_run = true  # {t('susun saja, jangan kirim', 'compose only, send nothing')}"]
    )


def _spoken(text: str) -> str:
    """The file with its comments in the reader's language."""
    for indonesian, english in _COMMENTS.items():
        text = text.replace(indonesian, t(indonesian, english))
    return text


def _sample(cls: type[Publisher], setting: Setting, said: Answers) -> str:
    """A value of the right shape for a setting that only the office knows."""
    plain = re.sub(r"[^a-z0-9]", "", said.short.lower() or said.name.lower())[:20] or "kantor"
    known = {
        ("board", "folder"): "public",
        ("board", "base_url"): f"{said.website or 'https://example.go.id'}/papan",
        ("board", "title"): said.short or said.name,
        ("mastodon", "server"): "https://mastodon.social",
        ("bluesky", "handle"): f"{plain}.bsky.social",
        ("facebook", "page_id"): "100000000000000",
    }
    if value := known.get((cls.name, setting.name)) or setting.example:
        return value
    if setting.path:
        return cls.name
    return "https://example.org" if re.search("url|server|service|host", setting.name) else "ISI-DI-SINI"


def _line(text: str) -> str:
    """One tidy line; what is not text (bytes of another encoding in an argument) is replaced."""
    return " ".join(text.encode("utf-8", "replace").decode().split())


def _toml(text: str) -> str:
    """A TOML string; its escapes are JSON's, but for DEL, which JSON leaves as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def pieces(text: str) -> Sequence[str]:
    """What a person typed as a list: parted at commas or blanks."""
    return [part for part in re.split(r"[,\s]+", text) if part]


_HEAD = """
# Konfigurasi humasbot. Tulisan di belakang tanda # adalah keterangan.
# Setelah mengubahnya, jalankan: humasbot check

[humasbot]
database = "sqlite:///humasbot.db"   # satu berkas di folder ini; untuk kantor besar: postgresql+psycopg://…
templates = "templates"              # templat milik kantor; salin bawaan dengan: humasbot templates copy NAMA
language = "{language}"

[agency]
name = {name}
short = {short}
timezone = "{zone}"        # {label}
website = {website}
sign_off = {sign_off}   # penutup setiap kiriman
# logo = "logo.png"                  # berkas PNG di folder ini, tampil di kartu
primary = "#0B3D91"                  # warna utama kartu dan halaman
accent = "#F2B705"                   # warna aksen
# handles = ["@kantor"]              # tampil di kaki kartu
"""
_SOURCE = """
# Dari mana beritanya dibaca. kind = "feed" untuk RSS atau Atom, "file" untuk ekspor WordPress.
[sources.website]
kind = "wordpress"
url = {url}
fresh = "1d"                         # yang lebih tua dari sehari hanya dicatat, tidak diumumkan
"""
_NO_SOURCE = """
# Dari mana beritanya dibaca; buang tanda # dan isi alamatnya.
# [sources.website]
# kind = "wordpress"                 # atau "feed" untuk RSS dan Atom
# url = "https://dinas.example.go.id"
"""
_ACCOUNTS = """
# Akun tempat kantor berbicara. Rahasia tidak pernah ditulis di sini: hanya nama variabelnya, isinya di .env.
"""
_GREETING = """
# Sapaan setiap pagi, dengan kartu. Lihat dahulu: humasbot preview pagi --on 2026-12-01
[campaigns.pagi]
occasion = "daily"
at = "06:00"                         # jam setempat
days = ["senin", "selasa", "rabu", "kamis", "jumat"]
accounts = ["*"]                     # semua akun; atau misalnya ["bluesky", "mastodon"]
approval = "person"                  # menunggu disetujui (humasbot approve); "policy" = langsung
late = "skip"                        # sapaan yang terlambat lebih dari tiga jam dilewati

# Di mana kantor ini, agar hari jadi daerah dan musimnya dikenal; buang tanda #, lalu isi nama provinsinya.
# [calendar]
# province = "jateng"

# Pemeriksa teks: tautan ke situs lain dihalangi, nomor kantor sendiri dibolehkan; buang tanda #.
# [lint]
# domains = ["contoh.go.id"]
# contacts = ["(0274) 123456", "0811-1234-567"]
"""
_PAGE = """
# Halaman untuk menyetujui lewat ponsel; buang tanda # di bawah, lalu: humasbot web invite NAMA, humasbot web serve
# [web]
# address = "https://humas.example.go.id"   # alamat yang dibuka orang
# [approval]
# eyes = 2                           # dua orang yang berbeda harus menyetujui
"""
_NEWS = """
# Setiap berita baru di situs, dengan kartu pengumuman.
[campaigns.berita]
occasion = "article"
source = "website"
accounts = ["*"]
template = "announcement"
card = "announcement"
photo_card = "press"                 # bila beritanya berfoto
approval = "person"                  # menunggu disetujui (humasbot approve); "policy" = langsung
late = "send"                        # tetap dikirim walaupun terlambat
"""
_COMMENTS = {
    "# Konfigurasi humasbot. Tulisan di belakang tanda # adalah keterangan.":
        "# Configuration of humasbot. What stands behind a # is a comment.",
    "# Setelah mengubahnya, jalankan: humasbot check": "# After changing it, run: humasbot check",
    "# satu berkas di folder ini; untuk kantor besar:": "# one file in this folder; for a large office:",
    "# templat milik kantor; salin bawaan dengan: humasbot templates copy NAMA":
        "# the office's own templates; copy ours with: humasbot templates copy NAME",
    "# penutup setiap kiriman": "# the end of every post",
    "# Halaman untuk menyetujui lewat ponsel; buang tanda # di bawah, lalu: humasbot web invite NAMA,":
        "# A page to approve on a phone; remove the # below, then: humasbot web invite NAME,",
    "# alamat yang dibuka orang": "# the address that people open",
    "# dua orang yang berbeda harus menyetujui": "# two different people must say yes",
    "# berkas PNG di folder ini, tampil di kartu": "# a PNG file in this folder, shown on cards",
    "# warna utama kartu dan halaman": "# the main colour of cards and page",
    "# warna aksen": "# the accent colour",
    '["@kantor"]              # tampil di kaki kartu': '["@office"]              # shown at the foot of cards',
    '# Dari mana beritanya dibaca. kind = "feed" untuk RSS atau Atom, "file" untuk ekspor WordPress.':
        '# Where news is read. kind = "feed" for RSS or Atom, "file" for a WordPress export.',
    "# yang lebih tua dari sehari hanya dicatat, tidak diumumkan":
        "# what is older than a day is only recorded, not announced",
    "# Dari mana beritanya dibaca; buang tanda # dan isi alamatnya.":
        "# Where news is read; remove the # and fill in the address.",
    '# atau "feed" untuk RSS dan Atom': '# or "feed" for RSS and Atom',
    "# Akun tempat kantor berbicara. Rahasia tidak pernah ditulis di sini: hanya nama variabelnya, isinya di .env.":
        "# Where the office speaks. A secret never stands here: only its variable's name; its value stands in .env.",
    "# Sapaan setiap pagi, dengan kartu. Lihat dahulu:": "# A greeting every morning, with a card. Look first:",
    "# jam setempat": "# local time",
    "# semua akun; atau misalnya": "# every account; or, say,",
    '# menunggu disetujui (humasbot approve); "policy" = langsung':
        '# waits for a yes (humasbot approve); "policy" = at once',
    "# sapaan yang terlambat lebih dari tiga jam dilewati": "# a greeting more than three hours late is left out",
    "# Di mana kantor ini, agar hari jadi daerah dan musimnya dikenal; buang tanda #, lalu isi nama provinsinya.":
        "# Where this office is, so that its region's days and seasons are known; remove the # and name the province.",
    "# Pemeriksa teks: tautan ke situs lain dihalangi, nomor kantor sendiri dibolehkan; buang tanda #.":
        "# The check of texts: links to other sites are stopped, the office's own numbers allowed; remove the #.",
    "# Setiap berita baru di situs, dengan kartu pengumuman.": "# Every new article of the site, with a card.",
    "# bila beritanya berfoto": "# where the article has a photo",
    "# tetap dikirim walaupun terlambat": "# is sent even when late",
}  # fmt: skip
"""The comments of the file, in Indonesian as they stand above, and in English."""

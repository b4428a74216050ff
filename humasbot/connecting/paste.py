"""Connecting by pasting: for every platform without a consent page, asked from what the platform says it needs."""

from collections.abc import Mapping
from typing import ClassVar

from humasbot.connecting.base import Flow, Granted, Talk
from humasbot.errors import InputError
from humasbot.keyring import Kept
from humasbot.platforms.base import Publisher
from humasbot.words import t

HINTS: dict[str, tuple[str, str]] = {
    "telegram": (
        "Di Telegram, buka @BotFather, kirim /newbot, salin tokennya; lalu jadikan bot itu admin kanal Anda.",
        "In Telegram open @BotFather, send /newbot, copy the token; then make the bot an admin of your channel.",
    ),
    "bluesky": (
        "Di Bluesky: Settings → Privacy and security → App passwords → Add App Password.",
        "In Bluesky: Settings → Privacy and security → App passwords → Add App Password.",
    ),
    "wordpress": (
        "Di WordPress: Pengguna → Profil → Kata Sandi Aplikasi → Tambah.",
        "In WordPress: Users → Profile → Application Passwords → Add.",
    ),
    "whatsapp": (
        "Di business.facebook.com: Pengaturan bisnis → Pengguna sistem → Buat token (whatsapp_business_messaging). "
        "Untuk webhook: app_secret ada di developers.facebook.com → aplikasi → Setelan → Dasar; verify_token Anda "
        "karang sendiri.",
        "At business.facebook.com: Business settings → System users → Generate token (whatsapp_business_messaging). "
        "For webhooks: app_secret is at developers.facebook.com → the app → Settings → Basic; verify_token is a word "
        "that you make up.",
    ),
}
"""Where the secret is found, by platform; seen in the platforms' own help pages, 2026-11-22."""


class Paste(Flow):
    """Asks for what the platform's settings require, secrets hidden while typed."""

    platform: ClassVar[str] = "*"
    title: ClassVar[str] = "*"

    def __init__(self, cls: type[Publisher], filled: frozenset[str]) -> None:
        """Ask for what *cls* needs; settings named in *filled* are known from the agency."""
        super().__init__()
        self.cls, self.filled = cls, filled

    def connect(self, talk: Talk, known: Mapping[str, str], redirect: str) -> Granted:
        """See :meth:`Flow.connect`; an optional secret may stay empty."""
        if self.cls.name in HINTS:
            talk.say(t(*HINTS[self.cls.name]))
        settings: dict[str, str] = {}
        secrets: dict[str, Kept] = {}
        for setting in self.cls.settings:
            if setting.name in self.filled or not (setting.required or setting.secret):
                continue
            default = "" if setting.secret else known.get(setting.name, setting.default)
            hint = "" if setting.required else t(" (kosongkan bila tidak dipakai)", " (empty if not used)")
            question = f"{setting.name}: {setting.about}{hint}"
            value = talk.ask(
                question, hidden=setting.secret, default=default, needed=setting.required
            ).strip()
            if value and setting.secret:
                secrets[setting.name] = Kept(value)
            elif value:
                settings[setting.name] = value
        if not secrets:
            raise InputError(t("tidak ada rahasia yang diisi, jadi tidak ada yang disimpan",
                               "no secret was given, so nothing was stored"))  # fmt: skip
        return Granted(settings, secrets)

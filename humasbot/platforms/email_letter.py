"""One letter: plain text and HTML with the pictures inside, the office's contact block, and the way out.

The same Delivery gives the same person the same bytes and the same Message-ID at every attempt. Plain text ends with
the usual signature line (``-- ``, RFC 3676 section 4.3); above it stands exactly what was approved.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from html import escape

from humasbot.content import Addressee, Media, Outgoing
from humasbot.platforms.ink import ink_on
from humasbot.words import t

SIGNATURE = "\n-- \n"
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
_PAGE = """<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{subject}</title></head>
<body style="margin:0;background:#eef1f5;color:#1b2430;font:16px/1.55 Arial,Helvetica,sans-serif">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td align="center" style="padding:16px 8px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:600px;background:#ffffff">
<tr><td style="background:{colour};border-bottom:4px solid {accent};color:{ink};padding:14px 20px;font-weight:bold">
{agency}</td></tr>
<tr><td style="padding:20px">{pictures}{words}</td></tr>
<tr><td style="padding:14px 20px;background:#f6f7f9;color:#4a5563;font-size:13px;line-height:1.5">{contact}
<p style="margin:12px 0 0">{why} <a href="{leave}" style="color:#1b2430">{leave_words}</a></p></td></tr>
</table></td></tr></table></body></html>
"""


@dataclass(frozen=True, slots=True)
class Style:
    """What every letter of an account has in common."""

    sender: str
    agency: str
    contact: str
    web: str
    list_name: str
    reply_to: str = ""
    colour: str = "#0B3D91"
    accent: str = "#F2B705"

    @property
    def domain(self) -> str:
        """The part of the sender's address behind the @."""
        return self.sender.rpartition("@")[2]


def batch_of(key: str) -> str:
    """What the Message-IDs of one Delivery have in common."""
    return sha256(f"surel\n{key}".encode()).hexdigest()[:12]


def message_id(key: str, person: Addressee, domain: str) -> str:
    """Stable for one Delivery and one person, and not to be guessed from outside: the key is random.

    Short enough for one line of a header, since not every server likes it folded.
    """
    own = sha256(f"{key}\n{person.id}".encode()).hexdigest()[:24]
    return f"<{own}.{batch_of(key)}@{domain}>"


def leave_address(web: str, person: Addressee) -> str:
    """Where this person ends the subscription."""
    return f"{web}/berhenti/{person.leave}"


def subject_of(outgoing: Outgoing) -> str:
    """The title, else the first line of the text, on one line of at most 150 characters."""
    line = " ".join((outgoing.title or outgoing.text.strip().partition("\n")[0]).split())
    return line if len(line) <= 150 else line[:149] + "…"


def letter(outgoing: Outgoing, person: Addressee, style: Style) -> bytes:
    """The whole letter as it travels, lines ended by CRLF."""
    key = outgoing.key
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(style.agency, addr_spec=style.sender)
    message["To"] = Address(" ".join(person.name.split()), addr_spec=person.address)
    if style.reply_to:
        message["Reply-To"] = style.reply_to
    message["Subject"] = subject_of(outgoing)
    message["Date"] = format_datetime(outgoing.due)
    message["Message-ID"] = message_id(key, person, style.domain)
    message["List-Id"] = f"<{style.list_name}.{style.domain}>"
    # RFC 8058, section 3.1: both headers, an https address, and the letter signed (DKIM) by the mail server.
    message["List-Unsubscribe"] = f"<{leave_address(style.web, person)}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Precedence"] = "list"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = outgoing.language
    message.set_content(_plain(outgoing, person, style), cte="quoted-printable")
    message.add_alternative(page(outgoing, person, style), subtype="html", cte="quoted-printable")
    _pictures(message, outgoing, style)
    _settle(message, key)
    return message.as_bytes()


def _plain(outgoing: Outgoing, person: Addressee, style: Style) -> str:
    pictures = "".join(f"\n[{t('Gambar', 'Picture')}: {media.alt}]" for media in outgoing.media)
    out = t("Berhenti berlangganan: {u}", "Unsubscribe: {u}", u=leave_address(style.web, person))
    return f"{outgoing.text}{SIGNATURE}{style.agency}\n{style.contact}{pictures}\n{out}\n"


def page(outgoing: Outgoing, person: Addressee, style: Style) -> str:
    """The HTML part; every picture is inside the letter and has its alt text."""
    pictures = "".join(
        f'<img src="cid:{_cid(outgoing.key, n, style)}" alt="{escape(media.alt)}" width="{min(media.width, 560)}" '
        'style="display:block;width:100%;max-width:560px;height:auto;margin:0 0 16px">'
        for n, media in enumerate(outgoing.media)
    )
    paragraphs = [part for part in re.split(r"\n\s*\n", outgoing.text.strip()) if part.strip()]
    words = "".join(f'<p style="margin:0 0 14px">{_linked(part)}</p>' for part in paragraphs)
    if outgoing.link and outgoing.link not in outgoing.text:
        words += f'<p style="margin:0 0 14px">{_linked(outgoing.link)}</p>'
    return _PAGE.format(
        language=escape(outgoing.language),
        subject=escape(subject_of(outgoing)),
        agency=escape(style.agency),
        colour=style.colour,
        accent=style.accent,
        ink=ink_on(style.colour),
        pictures=pictures,
        words=words,
        contact="<br>".join(_linked(line) for line in style.contact.splitlines()),
        why=escape(t("Anda menerima surel ini karena berlangganan.", "You get this because you subscribed.")),
        leave=escape(leave_address(style.web, person)),
        leave_words=escape(t("Berhenti berlangganan", "Unsubscribe")),
    )


def _linked(text: str) -> str:
    """Escaped, with its addresses as links and its line breaks kept."""
    done, end = [], 0
    for found in _LINK.finditer(text):
        url = escape(found[0])
        done += [escape(text[end : found.start()]), f'<a href="{url}">{url}</a>']
        end = found.end()
    return "".join((*done, escape(text[end:]))).replace("\n", "<br>\n")


def _pictures(message: EmailMessage, outgoing: Outgoing, style: Style) -> None:
    body = message.get_body(("html",))
    if body is None:
        return
    for n, media in enumerate(outgoing.media):
        kind, _, subtype = media.mime.partition("/")
        body.add_related(media.data, kind, subtype, cid=f"<{_cid(outgoing.key, n, style)}>", disposition="inline",
                         filename=_file(n, media))  # fmt: skip


def _file(n: int, media: Media) -> str:
    return f"gambar-{n + 1}{media.suffix}"


def _cid(key: str, n: int, style: Style) -> str:
    return f"gambar{n + 1}.{batch_of(key)}@{style.domain}"


def _settle(message: EmailMessage, key: str) -> None:
    """Boundaries from the key instead of chance, so that a retry is the same letter byte for byte."""
    for n, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"humasbot-{n}-{sha256(f'{n}{key}'.encode()).hexdigest()[:24]}")


def plain_letter(
    style: Style, to: str, name: str, subject: str, text: str, headers: Mapping[str, str]
) -> bytes:
    """A short letter to one person that is no announcement: the question whether they want the list."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(style.agency, addr_spec=style.sender)
    message["To"] = Address(" ".join(name.split()), addr_spec=to)
    message["Subject"] = subject
    for header, value in headers.items():
        message[header] = value
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{text}{SIGNATURE}{style.agency}\n{style.contact}\n", cte="quoted-printable")
    return message.as_bytes()

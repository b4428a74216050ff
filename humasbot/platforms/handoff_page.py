"""The page that a person opens on the phone: steps, text with a copy button, pictures to save, and a QR to get there.

One file with everything inside, so that it also opens from a shared folder, a chat or a USB stick without a network.
"""

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from html import escape

from humasbot.content import Media, Outgoing
from humasbot.platforms.handoff_targets import Target
from humasbot.platforms.ink import ink_on
from humasbot.qr import modules
from humasbot.words import t

_STYLE = """
*{box-sizing:border-box}[hidden]{display:none!important}
body{margin:0;font:17px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
background:#eef1f5;color:#1b2430}header{background:var(--c);color:var(--i);border-bottom:5px solid var(--a);
padding:1rem 1.25rem}header p{margin:0;font-size:.95rem}h1{font-size:1.35rem;line-height:1.25;margin:.2rem 0}
main{max-width:44rem;margin:0 auto;padding:1rem}section{background:#fff;border-radius:14px;padding:1rem;
margin:0 0 1rem}h2{font-size:1.05rem;margin:0 0 .6rem}ol{margin:0 0 .6rem;padding:0;list-style:none}
li label{display:flex;
gap:.7rem;padding:.55rem 0;min-height:44px}li input{flex:none;width:24px;height:24px;margin:.1rem 0 0}
input:checked+span{color:#4a5563;text-decoration:line-through}pre{white-space:pre-wrap;overflow-wrap:anywhere;
font:inherit;background:#f6f7f9;border:1px solid #c9d0d9;border-radius:10px;padding:.8rem;margin:0 0 .8rem;
user-select:all;-webkit-user-select:all}button,.b{display:block;width:100%;min-height:52px;padding:.8rem 1rem;border:0;
border-radius:10px;background:#0b3d91;color:#fff;font:inherit;font-weight:700;text-align:center;text-decoration:none}
.b.s{background:#fff;color:#0b3d91;border:2px solid #0b3d91}button:focus-visible,.b:focus-visible{outline:4px solid
#f2b705;outline-offset:2px}figure{margin:0 0 1.2rem}figure:last-child{margin:0}img{display:block;width:100%;height:auto;
border-radius:10px;border:1px solid #c9d0d9;margin:0 0 .6rem}figcaption{font-size:.92rem;color:#3a4552;margin:.6rem 0}
.q{display:none;text-align:center}.q svg{width:220px;height:220px}.n{font-size:.92rem;color:#3a4552;margin:.6rem 0 0}
code{background:#f6f7f9;padding:.1rem .3rem;border-radius:4px;overflow-wrap:anywhere}
@media(min-width:700px){.q{display:block}}@media print{.q{display:block}button,.b{display:none}}
"""
_SCRIPT = """
"use strict";
const done=(b,w)=>{const o=b.textContent;b.textContent=w;setTimeout(()=>{b.textContent=o},2500)};
for(const b of document.querySelectorAll("[data-copy]"))b.addEventListener("click",async()=>{
const n=document.getElementById(b.dataset.copy),x=n.textContent.replace(/^\\n/,"");
try{await navigator.clipboard.writeText(x)}catch(e){const a=document.createElement("textarea");a.value=x;
document.body.append(a);a.select();document.execCommand("copy");a.remove()}done(b,b.dataset.done)});
const s=document.getElementById("share");
const files=()=>[...document.querySelectorAll("a[download]")].map(a=>{const[h,d]=a.href.split(",");
const m=h.slice(5).split(";")[0],u=Uint8Array.from(atob(d),c=>c.charCodeAt(0));
return new File([u],a.download,{type:m})});
if(s&&navigator.canShare){const f=files();if(navigator.canShare({files:f})){s.hidden=false;
s.addEventListener("click",()=>navigator.share({files:f,text:document.getElementById("teks").textContent.trim()})
.catch(()=>{}))}}
"""


@dataclass(frozen=True, slots=True)
class Look:
    """What every packet of an account has in common; ``place`` is the page or channel in the app, or empty.

    ``person`` is who posts it, or empty.
    """

    agency: str
    colour: str
    accent: str
    place: str = ""
    person: str = ""


def qr_svg(address: str) -> str:
    """The QR code of an address as SVG, with its quiet zone of four modules (ISO/IEC 18004:2015, 6.3.8)."""
    rows = modules(address)
    side = len(rows) + 8
    cells = "".join(
        f"M{column + 4} {row + 4}h1v1h-1z"
        for row, line in enumerate(rows)
        for column, dark in enumerate(line)
        if dark
    )
    label = escape(t("Kode QR: {u}", "QR code: {u}", u=address))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" aria-label="{label}" '
        f'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{cells}"/></svg>'
    )


def file_name(n: int, media: Media) -> str:
    """What picture number *n* (from 0) is called in the packet."""
    return f"gambar-{n + 1}{media.suffix}"


def _whose(look: Look) -> str:
    return f"<p>{escape(t('Petugas: {p}', 'By: {p}', p=look.person))}</p>" if look.person else ""


def page(outgoing: Outgoing, target: Target, look: Look, code: str, when: str, address: str) -> str:
    """The whole page. *code* names the packet, *when* is the due time for people, *address* the page's own or empty."""
    head = (
        f"<header><p>{escape(look.agency)} · {escape(target.title)}</p>"
        f"<h1>{escape(outgoing.title or t('Kiriman baru', 'A new post'))}</h1>"
        f"<p>{escape(t('Terbitkan: {w}', 'To be posted: {w}', w=when))}</p>{_whose(look)}</header>"
    )
    parts = [_qr(address), _steps(target, look), _text(outgoing), _pictures(outgoing), _proof(code)]
    digest = b64encode(sha256(_SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    return (
        f'<!DOCTYPE html>\n<html lang="{t("id", "en")}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(target.title)}: {escape(outgoing.title or code)}</title>"
        f"<style>:root{{--c:{look.colour};--a:{look.accent};--i:{ink_on(look.colour)}}}{_STYLE}</style></head>"
        f"<body>{head}<main>{''.join(parts)}</main><script>{_SCRIPT}</script></body></html>\n"
    )


def _qr(address: str) -> str:
    if not address:
        return ""
    words = t(
        "Buka di ponsel: arahkan kamera ke kode ini.", "Open it on the phone: point the camera at this code."
    )
    return f'<section class="q">{qr_svg(address)}<p class="n">{escape(words)}</p></section>'


def _steps(target: Target, look: Look) -> str:
    steps = "".join(
        f'<li><label><input type="checkbox"><span>{n}. {escape(step)}</span></label></li>'
        for n, step in enumerate(target.guide(), start=1)
    )
    words = t("Buka {p}", "Open {p}", p=target.title)
    place = f'<a class="b s" href="{escape(look.place)}">{escape(words)}</a>' if look.place else ""
    return f"<section><h2>{escape(t('Langkah', 'Steps'))}</h2><ol>{steps}</ol>{place}</section>"


def _text(outgoing: Outgoing) -> str:
    copy, done = t("Salin teks", "Copy the text"), t("✓ Tersalin", "✓ Copied")
    share = t("Bagikan teks dan gambar ke aplikasi", "Share text and pictures to the app")
    return (
        f'<section><h2>{escape(t("Teks", "Text"))}</h2><pre id="teks">\n{escape(outgoing.text, quote=False)}</pre>'
        f'<button type="button" data-copy="teks" data-done="{escape(done)}">{escape(copy)}</button>'
        f'<p class="n"></p><button type="button" id="share" hidden>{escape(share)}</button></section>'
    )


def _pictures(outgoing: Outgoing) -> str:
    if not outgoing.media:
        return ""
    figures = "".join(_figure(n, media) for n, media in enumerate(outgoing.media))
    return f"<section><h2>{escape(t('Gambar', 'Pictures'))}</h2>{figures}</section>"


def _figure(n: int, media: Media) -> str:
    data = f"data:{media.mime};base64,{b64encode(media.data).decode()}"
    save = t(
        "Simpan gambar {n} ({w}×{h})", "Save picture {n} ({w}×{h})", n=n + 1, w=media.width, h=media.height
    )
    copy, done = t("Salin teks alternatif", "Copy the alt text"), t("✓ Tersalin", "✓ Copied")
    return (
        f'<figure><img src="{data}" alt="{escape(media.alt)}" width="{media.width}" height="{media.height}">'
        f'<a class="b" download="{file_name(n, media)}" href="{data}">{escape(save)}</a>'
        f"<figcaption>{escape(t('Teks alternatif:', 'Alt text:'))} "
        f'<span id="alt{n}">{escape(media.alt, quote=False)}</span></figcaption>'
        f'<button type="button" class="b s" data-copy="alt{n}" data-done="{escape(done)}">{escape(copy)}</button>'
        "</figure>"
    )


def _proof(code: str) -> str:
    words = t(
        "Tempel tautan kirimannya ke berkas bukti.txt di folder ini, atau berikan kepada operator:",
        "Paste the link of the post into the file bukti.txt of this folder, or give it to the operator:",
    )
    packet = t("Paket {c}", "Packet {c}", c=code)
    return (
        f"<section><h2>{escape(t('Sesudah terbit', 'Once it is out'))}</h2><p>{escape(words)}</p>"
        f"<p><code>humasbot resolve {escape(t('NOMOR', 'NUMBER'))} --exists {escape(t('TAUTAN', 'LINK'))}</code></p>"
        f'<p class="n">{escape(packet)}</p></section>'
    )

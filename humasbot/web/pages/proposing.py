"""A page of the website changed after it was said: what the correction would say, or which posts to take back."""

from hashlib import sha256

from humasbot.errors import HumasbotError, InputError, NotFoundError, StateError
from humasbot.pipeline.correct import Correction, way_of
from humasbot.web.asking import Answer, Ask
from humasbot.web.pages.deciding import own
from humasbot.words import t


def proposal(ask: Ask) -> Answer:
    """One proposal: the difference, and what taking it would say."""
    own(ask)
    one = ask.bot.proposal(ask.number("nomor"))
    corrections, fault = [], ""
    if one["kind"] == "edit" and one["state"] == "open":
        try:
            corrections = ask.bot.corrections(one["id"])
        except HumasbotError as error:
            fault = str(error)
    values = {
        "one": one,
        "corrections": [
            {
                "post": each.post_id,
                "print": _print(each),
                "drafts": [(draft, way_of(draft)) for draft in each.drafts],
                "left": each.left,
                "problems": each.problems,
            }
            for each in corrections
        ],
        "fault": fault,
        "here": "keputusan",
    }
    return Answer("usul.html", values)


def picture(ask: Ask) -> Answer:
    """A picture of what a correction would say, drawn anew: nothing of it is kept before somebody says yes."""
    own(ask)
    drafts = [draft for each in ask.bot.corrections(ask.number("nomor")) for draft in each.drafts]
    for media in (media for draft in drafts for media in draft.media):
        if media.digest == ask.parts["tanda"] and media.mime.startswith("image/"):
            return Answer(body=media.data, kind=media.mime)
    raise NotFoundError(t("tidak ada gambar itu", "there is no such picture"))


def _print(correction: Correction) -> str:
    """What a correction says, as one hash: its words, pictures and alt texts on every account, and how it is made."""
    said = [
        (draft.account.id, way_of(draft), draft.title, draft.text, [(one.digest, one.alt) for one in draft.media])
        for draft in correction.drafts
    ]  # fmt: skip
    return sha256(repr((correction.occasion, said)).encode()).hexdigest()


def decide(ask: Ask) -> Answer:
    """Correct, withdraw, or let the posts stand."""
    own(ask)
    number, choice, who = ask.number("nomor"), ask.text("pilih"), ask.who.name
    if choice == "abai":
        ask.bot.dismiss(number, actor=who, note=ask.text("alasan"))
        return ask.to("/keputusan", "abai")
    if choice == "ralat":
        corrections = ask.bot.corrections(number)
        if [_print(each) for each in corrections] != list(ask.form.get("ralat", ())):
            raise StateError(
                t("ralatnya berubah sejak ditampilkan, jadi tidak ada yang dikirim; lihat lagi",
                  "the correction is not as it was shown, so nothing is sent; look again")
            )  # fmt: skip
        made = ask.bot.correct(corrections, actor=who, proposal=number)
        queued = sum(map(len, made.values()))
        return ask.to("/keputusan", "ralat" if queued else "kedua", n=queued)
    if choice != "tarik":
        raise InputError(t("pilih salah satu tombol", "choose one of the buttons"))
    return _withdraw(ask, number)


def _withdraw(ask: Ask, number: int) -> Answer:
    one = ask.bot.proposal(number)
    if one["kind"] == "edit" or one["state"] != "open":
        raise StateError(t("usul ini tidak meminta penarikan", "this proposal asks for no withdrawal"))
    reason = ask.text("alasan") or t(
        "halamannya tidak ada lagi di situs", "its page is no longer on the website"
    )
    *others, last = one["posts"]
    for post in (*others, last):
        ask.bot.withdraw(post, reason=reason, actor=ask.who.name, proposal=number if post == last else None)
    return ask.to("/keputusan", "tarik")

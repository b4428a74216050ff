"""What a page says after something was done: sentences of ours alone, so that an address can put no words into it."""

from collections.abc import Mapping, Sequence

from humasbot.words import t

TOLD = {
    "masuk": ("Anda sudah masuk.", "You are in."),
    "setuju": ("Disetujui. {n} pengiriman masuk antrean.", "Approved. {n} deliveries are queued."),
    "uji": (
        "Disetujui; akunnya dalam uji coba, jadi tidak ada yang dikirim.",
        "Approved; its accounts are in dry run, so nothing is sent.",
    ),
    "kedua": (
        "Persetujuan Anda dicatat. Satu orang lain masih harus menyetujui sebelum dikirim.",
        "Your yes is recorded. One other person has to approve before it is sent.",
    ),
    "tolak": ("Ditolak: {n} akun. Tidak dikirim.", "Refused: {n} accounts. It is not sent."),
    "batal": ("Dibatalkan: {n} akun.", "Cancelled: {n} accounts."),
    "ada": ("Dicatat sebagai sudah terbit.", "Recorded as published."),
    "ulang": ("Akan dikirim lagi.", "It will be sent again."),
    "buang": ("Tidak akan dikirim.", "It will not be sent."),
    "lepas": ("Dilepas. {n} pengiriman masuk antrean.", "Released. {n} deliveries are queued."),
    "hari": ("Tanggalnya ditetapkan. {n} kiriman menyesuaikan.", "The day is decided. {n} posts follow."),
    "hapus": ("Dicatat sebagai sudah dihapus.", "Recorded as deleted."),
    "abai": ("Usul diabaikan; kirimannya tetap.", "The proposal is dismissed; the posts stand."),
    "ralat": ("Ralat disetujui. {n} pengiriman masuk antrean.", "Corrected. {n} deliveries are queued."),
    "tarik": ("Ditarik. Yang belum terhapus ada di daftar di bawah.", "Withdrawn. What is left is listed below."),
    "beku": ("Dibekukan. Tidak ada yang dikirim selain peringatan.", "Frozen. Nothing but alerts is sent."),
    "cair": ("Pembekuan dilepas. Yang antre terkirim lagi.", "The freeze is lifted. What is queued goes out again."),
    "duka": (
        "Masa berkabung dimulai. {n} kiriman dibekukan; ucapan dukacita menunggu persetujuan.",
        "The mourning has begun. {n} posts are frozen; a condolence waits for approval.",
    ),
    "usai": (
        "Masa berkabung berakhir. Yang dibekukan diputuskan satu per satu.",
        "The mourning has ended. What was frozen is decided one by one.",
    ),
    "putus": ("Orang itu dikeluarkan.", "That person is out."),
}  # fmt: skip


def sentence(query: Mapping[str, Sequence[str]]) -> str:
    """What the page before asked to say, or nothing."""
    words = TOLD.get((query.get("pesan") or [""])[0])
    number = (query.get("n") or ["0"])[0]
    if words is None or not (number.isascii() and number.isdigit() and len(number) < 6):
        return ""
    return t(*words, n=int(number))

"""Where a person posts for us: the size of pictures, how much text, and the steps in that app, in both languages."""

from dataclasses import dataclass

from humasbot.words import t


@dataclass(frozen=True, slots=True)
class Target:
    """One place without an interface for programs; its limits are ours, on the careful side of what the app takes."""

    key: str
    title: str
    max_text: int
    max_media: int
    needs_media: bool
    card_size: tuple[int, int]
    source: str
    steps: tuple[tuple[str, str], ...]

    def guide(self) -> list[str]:
        """The steps in the reader's language."""
        return [t(indonesian, english) for indonesian, english in self.steps]


SAVE = (
    "Simpan gambar ke ponsel (tombol di bawah tiap gambar).",
    "Save the pictures to the phone (button below each).",
)
COPY = ("Salin teks dengan tombolnya.", "Copy the text with its button.")

TARGETS: dict[str, Target] = {
    target.key: target
    for target in (
        Target(
            "whatsapp-channel",
            "WhatsApp (Saluran)",
            1024,
            10,
            False,
            (1080, 1080),
            "docs/HANDOFF.md (a caption of WhatsApp, 1,024; no page states a channel's own)",
            (
                SAVE,
                COPY,
                (
                    "WhatsApp → Pembaruan → Saluran kantor → 📎 → pilih gambar.",
                    "WhatsApp → Updates → the office's channel → 📎 → choose the pictures.",
                ),
                ("Tempel teks sebagai keterangan, lalu kirim.", "Paste the text as the caption, then send."),
                (
                    "Tekan lama kirimannya → Salin tautan.",
                    "Press long on what you posted → Copy link.",
                ),
            ),
        ),
        Target(
            "tiktok",
            "TikTok (foto)",
            2200,
            10,
            True,
            (1080, 1920),
            "https://developers.tiktok.com/doc/content-posting-api-reference-photo-post (pictures); docs/HANDOFF.md",
            (
                SAVE,
                COPY,
                (
                    "TikTok → + → Unggah → pilih gambar → Berikutnya.",
                    "TikTok → + → Upload → choose them → Next.",
                ),
                (
                    "Tempel teks di keterangan; isi teks alternatif bila ditawarkan; Posting.",
                    "Paste the text as the caption; give the alt text where it is offered; Post.",
                ),
                ("Buka kirimannya → Bagikan → Salin tautan.", "Open the post → Share → Copy link."),
            ),
        ),
        Target(
            "youtube-community",
            "YouTube (Komunitas)",
            1500,
            5,
            False,
            (1080, 1080),
            "https://support.google.com/youtube/answer/7124474 (how); docs/HANDOFF.md (length)",
            (
                SAVE,
                COPY,
                ("YouTube → + → Posting → tempel teks.", "YouTube → + → Post → paste the text."),
                ("Tambahkan gambar, lalu Posting.", "Add the pictures, then Post."),
                ("Buka posting → ⋮ atau Bagikan → Salin tautan.", "Open the post → ⋮ or Share → Copy link."),
            ),
        ),
        Target(
            "instagram-story",
            "Instagram (Cerita)",
            2200,
            1,
            True,
            (1080, 1920),
            "docs/HANDOFF.md (the text is not posted, it is for the link sticker and the alt text)",
            (
                SAVE,
                ("Instagram → + → Cerita → pilih gambar.", "Instagram → + → Story → choose the picture."),
                (
                    "Stiker → Tautan → tempel tautan dari teks di bawah.",
                    "Stickers → Link → paste the link from the text below.",
                ),
                ("Bagikan ke Cerita Anda.", "Share to your story."),
                (
                    "Buka cerita → Lainnya → Salin tautan (berlaku 24 jam; simpan ke Sorotan bila perlu).",
                    "Open the story → More → Copy link (it lasts 24 hours; keep it as a highlight if needed).",
                ),
            ),
        ),
    )
}

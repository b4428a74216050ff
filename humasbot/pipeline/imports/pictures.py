"""The picture that a row names: a file beside the plan, or an address."""

from pathlib import Path

from humasbot.errors import InputError
from humasbot.pipeline.office import Office
from humasbot.words import reason, t

LARGEST = 25_000_000
"""Bytes of a photo as a camera gives it."""


def fetched(office: Office, where: str, folder: Path) -> bytes:
    """The bytes of a picture that can be opened.

    Raises :class:`~humasbot.errors.InputError` or :class:`~humasbot.errors.FetchError`.
    """
    from humasbot.cards.photo import open_photo

    remote = where.lower().startswith(("http://", "https://"))
    data = office.fetch_image(where) if remote else _file(where, folder)
    open_photo(data)
    return data


def _file(name: str, folder: Path) -> bytes:
    if "\0" in name:
        raise InputError(t("nama berkas tidak sah", "no valid file name"))
    # A plan comes by e-mail from somebody else: it may not reach for other files of this machine.
    path = (folder / name.replace("\\", "/")).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise InputError(
            t("berkas {f} ada di luar folder rencana", "the file {f} is outside the plan's folder", f=name)
        )
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(t("gambar {f} terlalu besar", "the picture {f} is too large", f=name))
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            t(
                "gambar {f} tidak terbaca: {why}",
                "the picture {f} cannot be read: {why}",
                f=name,
                why=reason(error),
            )
        ) from None

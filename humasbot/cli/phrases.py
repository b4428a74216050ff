"""Click's own words in the reader's language: its help, its complaints about options, its "Usage"."""

from gettext import gettext, ngettext

from humasbot.words import language

OURS = {
    "Usage:": "Pemakaian:",
    "Options": "Pilihan",
    "Commands": "Perintah",
    "Positional arguments": "Isian",
    "Error: {message}": "Kesalahan: {message}",
    "Error: invalid input": "Jawab y atau t.",
    "Try '{command} {option}' for help.": "Bantuan: {command} {option}",
    "Show this message and exit.": "tampilkan bantuan ini",
    "Show the version and exit.": "tampilkan versi program",
    "default: {default}": "bawaan: {default}",
    "env var: {var}": "variabel lingkungan: {var}",
    "required": "wajib",
    "Missing command.": "Perintahnya belum disebut.",
    "Missing argument": "Belum disebut:",
    "Missing option": "Pilihan wajib belum diisi:",
    "Missing parameter": "Belum disebut:",
    "No such option {name!r}.": "Tidak ada pilihan {name}.",
    "No such command {name!r}.": "Tidak ada perintah {name}.",
    "Did you mean {possibility}?": "Maksud Anda {possibility}?",
    "(Did you mean one of: {possibilities}?)": "(Maksud Anda salah satu dari {possibilities}?)",
    "Invalid value: {message}": "Isian tidak sah: {message}",
    "Invalid value for {param_hint}: {message}": "Isian {param_hint} tidak sah: {message}",
    "Got unexpected extra argument ({args})": "Ada kata berlebih: {args}. Isian berspasi ditulis dalam tanda kutip.",
    "Got unexpected extra arguments ({args})": "Ada kata berlebih: {args}. Isian berspasi ditulis dalam tanda kutip.",
    "Option {name!r} does not take a value.": "Pilihan {name} tidak menerima isian.",
    "Option {name!r} requires an argument.": "Pilihan {name} perlu isian.",
    "Option {name!r} requires {nargs} arguments.": "Pilihan {name} perlu {nargs} isian.",
    "Choose from:\n\t{choices}": "Pilihannya:\n\t{choices}",
    "{value!r} is not {choice}.": "{value!r} bukan {choice}.",
    "{value!r} is not one of {choices}.": "{value!r} tidak dikenal; pilihannya: {choices}.",
    "{value!r} is not a valid {number_type}.": "{value!r} bukan bilangan.",
    "{value} is not in the range {range}.": "{value} di luar batas {range}.",
    "file": "Berkas",
    "directory": "Folder",
    "path": "Jalur",
    "{name} {filename!r} does not exist.": "{name} {filename!r} tidak ada.",
    "{name} {filename!r} is a file.": "{name} {filename!r} adalah berkas.",
    "{name} {filename!r} is a directory.": "{name} {filename!r} adalah folder.",
    "{name} {filename!r} is not readable.": "{name} {filename!r} tidak dapat dibaca.",
    "{name} {filename!r} is not writable.": "{name} {filename!r} tidak dapat ditulis.",
    "Could not open file {filename!r}: {message}": "Berkas {filename!r} tidak dapat dibuka: {message}",
}  # fmt: skip


def said(message: str) -> str:
    """Click's *message* in the reader's language; one that we do not know stays as it is."""
    return gettext(message) if language() == "en" else OURS.get(message, message)


def counted(one: str, many: str, number: int) -> str:
    """As :func:`said`, of a message that has a form for one and a form for many."""
    return ngettext(one, many, number) if language() == "en" else said(one if number == 1 else many)


def install() -> None:
    """Let click speak so in this process. Click looks its words up by two names in each of its modules."""
    from click import core, decorators, exceptions, formatting, parser, termui, types

    for module in (core, decorators, exceptions, formatting, parser, termui, types):
        for name, ours in (("_", said), ("ngettext", counted)):
            if hasattr(module, name):
                setattr(module, name, ours)

"""People's addresses made fit for a screen, a log or an error: enough to recognise one, too little to use it."""


def masked(address: str) -> str:
    """``b•••@contoh.go.id`` of an e-mail address, ``+6281•••789`` of a number."""
    if "@" in address:
        person, _, host = address.rpartition("@")
        return f"{person[:1]}•••@{host}"
    return f"{address[:5]}•••{address[-3:]}" if len(address) > 9 else "•••"

"""One file per platform; all register through the entry-point group ``humasbot.platforms``."""

"""Subscribers: who may be written to one by one, since when, and what shows it; and what became of each message."""

from humasbot.subscribers.book import Asked, bounce, confirm, stop, subscribe, vouch
from humasbot.subscribers.ledger import Ledger
from humasbot.subscribers.register import Register, address_of, members

__all__ = [
    "Asked",
    "Ledger",
    "Register",
    "address_of",
    "bounce",
    "confirm",
    "members",
    "stop",
    "subscribe",
    "vouch",
]

"""Listening: ``/metrics`` for Prometheus and ``/healthz`` for whoever restarts us, on a port of this machine."""

from humasbot.listening.server import Listener, address
from humasbot.listening.work import Work

__all__ = ["Listener", "Work", "address"]

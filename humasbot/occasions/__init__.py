"""Occasions: what makes a post by itself. Observances, gates, greetings and the linter are pure: no database, no clock.

The doors: :class:`~humasbot.occasions.calendar.Calendar`, :func:`~humasbot.occasions.gates.gate`,
:func:`~humasbot.occasions.greeting.greet` and :func:`~humasbot.occasions.lint.lint`. docs/CALENDAR.md tells the rest.
"""

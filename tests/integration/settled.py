"""Loaded last of all by :mod:`warm`: what each process would do first is done, and garbage is sought no more in it."""

import gc

from sqlalchemy.orm import configure_mappers

configure_mappers()
gc.collect()
gc.freeze()

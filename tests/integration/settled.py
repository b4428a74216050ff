"""Loaded last of all by :mod:`warm`: what is loaded by then is looked through by no search for garbage again."""

import gc

gc.collect()
gc.freeze()

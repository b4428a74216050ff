"""QR codes on cards; they are drawn by :mod:`humasbot.qr`, which platforms use too."""

from humasbot.qr import mask as mask
from humasbot.qr import modules as modules

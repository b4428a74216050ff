"""What makes a Post by itself: one file per kind of occasion, listed in ``registry.py``."""

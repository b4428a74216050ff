"""Black or white on the office's colour: whichever is read more easily (WCAG 2.2, contrast ratio)."""

_EQUAL = 0.179
"""The relative luminance on which black and white have the same contrast: (L + 0.05)² = 1.05 · 0.05."""


def ink_on(colour: str) -> str:
    """``#ffffff`` or ``#111111`` for text on *colour* (``#RRGGBB``)."""
    light = [_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5)]
    return "#ffffff" if 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] < _EQUAL else "#111111"


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)

"""QR codes (ISO/IEC 18004:2015, model 2): byte mode, level M, versions 1 to 10 (up to 213 bytes). Drawn by us."""

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from humasbot.errors import InputError
from humasbot.words import t

if TYPE_CHECKING:
    from PIL.Image import Image

# Level M, versions 1 to 10 (tables 7 and 9): error codewords a block; blocks and their data codewords
_BLOCKS = (
    (10, (16,)), (16, (28,)), (26, (44,)), (18, (32,) * 2), (24, (43,) * 2), (16, (27,) * 4), (18, (31,) * 4),
    (22, (38,) * 2 + (39,) * 2), (22, (36,) * 3 + (37,) * 2), (26, (43,) * 4 + (44,)),
)  # fmt: skip
_ALIGNMENT: tuple[tuple[int, ...], ...] = (
    (),
    (6, 18),
    (6, 22),
    (6, 26),
    (6, 30),
    (6, 34),
    (6, 22, 38),
    (6, 24, 42),
    (6, 26, 46),
    (6, 28, 50),
)
Grid = list[list[int]]


def _tables() -> tuple[list[int], list[int]]:
    powers, logs, x = [0] * 512, [0] * 256, 1
    for i in range(255):
        powers[i], logs[x] = x, i
        x = x << 1 ^ (0x11D if x & 0x80 else 0)
    powers[255:510] = powers[:255]
    return powers, logs


_POWERS, _LOGS = _tables()


def _correction(data: list[int], count: int) -> list[int]:
    generator = [1]
    for i in range(count):
        grown = [*generator, 0]
        for j, value in enumerate(generator):
            grown[j + 1] ^= _POWERS[_LOGS[value] + i] if value else 0
        generator = grown
    rest = [*data, *[0] * count]
    for i in range(len(data)):
        factor = rest[i]
        if factor:
            for j, value in enumerate(generator):
                rest[i + j] ^= _POWERS[_LOGS[value] + _LOGS[factor]] if value else 0
    return rest[-count:]


def _codewords(data: bytes, version: int) -> list[int]:
    errors, blocks = _BLOCKS[version - 1]
    room = sum(blocks)
    bits = f"{4:04b}{len(data):0{16 if version > 9 else 8}b}" + "".join(f"{b:08b}" for b in data)
    bits += "0" * min(4, room * 8 - len(bits))
    bits += "0" * (-len(bits) % 8)
    words = [int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)]
    words += [(0xEC, 0x11)[i % 2] for i in range(room - len(words))]
    parts, at = [], 0
    for size in blocks:
        parts.append(words[at : at + size])
        at += size
    corrections = [_correction(part, errors) for part in parts]
    found = [part[i] for i in range(max(blocks)) for part in parts if i < len(part)]
    return found + [part[i] for i in range(errors) for part in corrections]


def _frame(version: int) -> tuple[Grid, Grid]:
    """The grid with its fixed patterns, and which cells they take."""
    side = 17 + 4 * version
    grid, taken = [[0] * side for _ in range(side)], [[0] * side for _ in range(side)]

    def put(row: int, column: int, dark: bool) -> None:
        if 0 <= row < side and 0 <= column < side:
            grid[row][column] = int(dark)
            taken[row][column] = 1

    for top, left in ((0, 0), (0, side - 7), (side - 7, 0)):
        for r in range(-1, 8):
            for c in range(-1, 8):
                ring = max(abs(r - 3), abs(c - 3))
                put(top + r, left + c, ring in (0, 1, 3))
    for i in range(8, side - 8):
        put(6, i, i % 2 == 0)
        put(i, 6, i % 2 == 0)
    places = _ALIGNMENT[version - 1]
    for row in places:
        for column in places:
            if (row, column) not in ((6, 6), (6, places[-1]), (places[-1], 6)):
                for r in range(-2, 3):
                    for c in range(-2, 3):
                        put(row + r, column + c, max(abs(r), abs(c)) != 1)
    for i in range(9):
        for row, column in ((8, i), (i, 8), (8, side - 1 - i), (side - 1 - i, 8)):
            if not taken[row][column] and (i < 8 or row == column):
                put(row, column, False)
    put(side - 8, 8, True)
    if version >= 7:
        code = version << 12 | _remainder(version << 12, 0x1F25, 12)
        for i in range(18):
            put(i // 3, side - 11 + i % 3, bool(code >> i & 1))
            put(side - 11 + i % 3, i // 3, bool(code >> i & 1))
    return grid, taken


def _remainder(value: int, divisor: int, bits: int) -> int:
    while value.bit_length() > bits:
        value ^= divisor << (value.bit_length() - bits - 1)
    return value


_MASKS: tuple[Callable[[int, int], bool], ...] = (
    lambda r, c: (r + c) % 2 == 0, lambda r, c: r % 2 == 0, lambda r, c: c % 3 == 0, lambda r, c: (r + c) % 3 == 0,
    lambda r, c: (r // 2 + c // 3) % 2 == 0, lambda r, c: r * c % 2 + r * c % 3 == 0,
    lambda r, c: (r * c % 2 + r * c % 3) % 2 == 0, lambda r, c: ((r + c) % 2 + r * c % 3) % 2 == 0,
)  # fmt: skip


def _fill(grid: Grid, taken: Grid, words: list[int]) -> None:
    side = len(grid)
    bits = "".join(f"{w:08b}" for w in words)
    at, row, step = 0, side - 1, -1
    for column in range(side - 1, 0, -2):
        column -= column <= 6
        while 0 <= row < side:
            for c in (column, column - 1):
                if not taken[row][c]:
                    grid[row][c] = int(bits[at]) if at < len(bits) else 0
                    at += 1
            row += step
        row, step = row - step, -step


def _masked(grid: Grid, taken: Grid, number: int) -> Grid:
    rule = _MASKS[number]
    found = [
        [v ^ (not taken[r][c] and rule(r, c)) for c, v in enumerate(line)] for r, line in enumerate(grid)
    ]
    code = number << 10  # level M is 00
    code = (code | _remainder(code, 0x537, 10)) ^ 0x5412
    side = len(grid)
    for i in range(15):
        bit = code >> i & 1
        found[i if i < 6 else i + 1 if i < 8 else side - 15 + i][8] = bit
        found[8][side - 1 - i if i < 8 else 7 if i == 8 else 14 - i] = bit
    found[side - 8][8] = 1
    return found


def _penalty(grid: Grid) -> int:
    side, total = len(grid), 0
    for lines in (grid, [list(column) for column in zip(*grid, strict=True)]):
        for line in lines:
            text = "".join(map(str, line))
            run = 1
            for a, b in zip(line, [*line[1:], -1], strict=True):
                if a == b:
                    run += 1
                else:
                    total += run - 2 if run >= 5 else 0
                    run = 1
            total += 40 * (text.count("00001011101") + text.count("10111010000"))
    total += 3 * sum(
        grid[r][c] == grid[r][c + 1] == grid[r + 1][c] == grid[r + 1][c + 1]
        for r in range(side - 1)
        for c in range(side - 1)
    )
    return total + 10 * (abs(sum(map(sum, grid)) * 20 - side * side * 10) // (side * side))


@lru_cache(maxsize=64)
def modules(text: str) -> tuple[tuple[int, ...], ...]:
    """The code of *text* as rows of 1 (dark) and 0. InputError: longer than 213 bytes."""
    data = text.encode()
    for version, (_, blocks) in enumerate(_BLOCKS, 1):
        if len(data) * 8 + (20 if version > 9 else 12) <= sum(blocks) * 8:
            grid, taken = _frame(version)
            _fill(grid, taken, _codewords(data, version))
            best = min((_masked(grid, taken, number) for number in range(8)), key=_penalty)
            return tuple(tuple(line) for line in best)
    raise InputError(
        t(
            "Tautan untuk kode QR terlalu panjang ({n} byte, paling banyak 213): pakai tautan pendek.",
            "The link for the QR code is too long ({n} bytes, at most 213): use a short link.",
            n=len(data),
        )
    )


def mask(text: str, side: int, quiet: int = 0) -> "Image":
    """The code as a mask (mode L, 255 where dark) of at most *side* px, whole px per module, *quiet* modules around."""
    from PIL import Image

    rows = modules(text)
    count = len(rows) + 2 * quiet
    small = Image.new("L", (count, count), 0)
    for r, line in enumerate(rows):
        for c, dark in enumerate(line):
            if dark:
                small.putpixel((c + quiet, r + quiet), 255)
    each = max(1, side // count)
    return small.resize((count * each, count * each), Image.Resampling.NEAREST)

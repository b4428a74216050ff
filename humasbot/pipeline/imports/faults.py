"""What is wrong with a plan: one sentence per row and column."""

from dataclasses import dataclass

from humasbot.words import t


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. ``row`` is the sheet's row number (the header is row 1), 0 for the file; ``column`` as named there."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        if not self.row:
            return self.message
        place = t("baris {r}", "row {r}", r=self.row)
        return f"{place}, {self.column}: {self.message}" if self.column else f"{place}: {self.message}"

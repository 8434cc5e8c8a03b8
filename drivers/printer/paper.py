"""What lies on an emulated paper: rows of characters, pictures and codes, as text and as JSON."""

from dataclasses import dataclass, field
from typing import Any

CELL = 12

# Characters that a plain text shows as lines.
BOX = {"─": "-", "│": "|", "━": "-", "┃": "|", **dict.fromkeys("┌┐└┘├┤┬┴┼", "+")}


@dataclass(frozen=True)
class Mark:
    """One printed character at `x` dots: one or two columns of 12 dots, magnified by `wide` and `high`."""

    x: int
    char: str
    columns: int
    wide: int = 1
    high: int = 1
    bold: bool = False
    underline: bool = False
    inverse: bool = False


@dataclass(frozen=True)
class TextLine:
    """A printed line of `height` dots feed."""

    marks: tuple[Mark, ...]
    height: int

    def text(self, *, spread: bool = False) -> str:
        """The characters at their columns; `spread` shows the blanks that magnified characters cover."""
        grid: dict[int, str] = {}
        for mark in sorted(self.marks, key=lambda mark: mark.char == " "):
            column = -(-mark.x // CELL)
            if mark.char == " ":
                grid.setdefault(column, " ")
                for covered in range(column + 1, column + mark.columns * mark.wide):
                    grid.setdefault(covered, " " if spread else "")
                continue
            grid[column] = mark.char
            for covered in range(column + 1, column + mark.columns * mark.wide):
                inside = not spread or (mark.columns == 2 and covered == column + 1)
                grid.setdefault(covered, "" if inside else " ")
        if not grid:
            return ""
        return "".join(grid.get(column, " ") for column in range(max(grid) + 1)).rstrip()


@dataclass(frozen=True)
class Picture:
    """A bitmap at `x` dots, rows of `width_bytes`, ink as 1."""

    x: int
    width_bytes: int
    rows: int
    data: bytes

    @property
    def height(self) -> int:
        return self.rows


@dataclass(frozen=True)
class Code:
    """A QR code or barcode drawn by the printer: the kind, what it holds, how big, and where."""

    kind: str
    data: str
    align: int
    module: int
    height: int
    level: str = "M"
    bars: str = ""
    caption: bool = False


PaperRow = TextLine | Picture | Code


@dataclass
class Paper:
    """One paper, cut off or still in the printer."""

    number: int
    dots: int
    rows: list[PaperRow] = field(default_factory=list)
    cut: bool = False

    @property
    def height(self) -> int:
        """Length in dots."""
        return sum(row.height for row in self.rows)

    @property
    def blank(self) -> bool:
        """True while nothing but empty feed is on it."""
        return all(isinstance(row, TextLine) and not row.text().strip() for row in self.rows)

    def text(self) -> str:
        """All lines; codes show what they hold in brackets, pictures show as one line a block."""
        lines: list[str] = []
        for row in self.rows:
            if isinstance(row, TextLine):
                lines.append(row.text())
            elif isinstance(row, Code):
                lines.append(f"[{row.kind} {row.data}]")
            elif not lines or lines[-1] != "[picture]":
                lines.append("[picture]")
        return "\n".join(lines) + "\n"

    def as_dict(self) -> dict[str, Any]:
        """JSON-safe description."""
        return {
            "number": self.number,
            "cut": self.cut,
            "dots": self.dots,
            "height": self.height,
            "rows": [_row_dict(row) for row in self.rows],
            "text": self.text(),
        }


def plain(text: str) -> str:
    """Box characters as plus, minus and bar, for comparison with plain text."""
    return "".join(BOX.get(char, char) for char in text)


def _row_dict(row: PaperRow) -> dict[str, Any]:
    if isinstance(row, TextLine):
        bold = any(mark.bold for mark in row.marks)
        double = any(mark.high > 1 for mark in row.marks)
        return {"kind": "text", "text": row.text(), "bold": bold, "double": double, "height": row.height}
    if isinstance(row, Code):
        return {"kind": row.kind, "data": row.data, "height": row.height}
    return {"kind": "picture", "width": row.width_bytes * 8, "height": row.rows}

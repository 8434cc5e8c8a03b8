"""From the bytes of a file to rows: encoding, separator, header, cells. Pure."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from hq.imports.columns import COLUMNS, IGNORED, known_headers
from hq.imports.encodings import decode
from hq.imports.model import Problem, Row, Table
from retail.errors import Invalid

ROWS_MAX = 20_000  # docs/operations.md says what so many cost
LINES_MAX = 100_000  # empty ones too, as a spreadsheet leaves them behind
STAFF_ROWS_MAX = 300  # the hash of an initial code takes a tenth of a second
FILE_MEGABYTES = 12
FILE_BYTES_MAX = (
    FILE_MEGABYTES * 1024 * 1024
)  # 629 bytes a row; one with every column in three languages has 310 to 600
CELL_LINES_MAX = 20
PREVIEW_LINES = 300
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
# What a spreadsheet may run, full-width signs too, behind any number of apostrophes (FAULTS SC-28).
FORMULA = re.compile("'*[-=+@\\t\\r\\n＝＋－＠]")
# A spreadsheet that separates by semicolons cuts a cell there, and a formula may begin behind the cut.
_BEHIND = "(?=[\\s\"']*[-=+@＝＋－＠])"
INSIDE, GUARDED = re.compile(";" + _BEHIND), re.compile(";'" + _BEHIND)


def separator(header: str) -> str:
    """The sign that the header line uses most: comma, semicolon or tab."""
    return max(",;\t", key=header.count)


@dataclass(frozen=True)
class Record:
    """The cells of one row; `open_at` is the line of a quote that nobody closed, 0 when all is well."""

    cells: tuple[str, ...]
    open_at: int = 0


def rows_max(kind: str) -> int:
    """How many rows a file of this kind may have below its header."""
    return STAFF_ROWS_MAX if kind == "staff" else ROWS_MAX


def _records(text: str, limit: int) -> list[Record]:
    """Every row. One that swallows the next through an open quote stands alone, and reading goes on below it.

    Raises `imports.too_many_rows` at the first row beyond the bound, so that a file of nothing but lines costs little.
    """
    sign = separator(text.split("\n", 1)[0])
    source = _Lines(io.StringIO(text, newline="").readlines())
    found: list[Record] = []
    rows = 0
    reader = csv.reader(source, delimiter=sign)
    while source.start < len(source.lines):
        try:
            cells = tuple(next(reader, ()))
        except csv.Error as error:
            raise Invalid("imports.not_csv", why=str(error)[:100])
        taken = source.lines[source.start : source.at]
        wanted = len(found[0].cells) if found else len(cells)
        if _swallows(taken, len(cells) == wanted, source.at == len(source.lines), sign):
            found.append(Record(tuple(taken[0].rstrip("\r\n").split(sign)), source.start + 1))
            source.at = source.start + 1
            reader = csv.reader(source, delimiter=sign)
        else:
            found.append(Record(cells))
        source.start = source.at
        rows += any(cell.strip() for cell in found[-1].cells)
        if rows - 1 > limit or len(found) > LINES_MAX:
            raise Invalid("imports.too_many_rows", limit=limit)
    return found


class _Lines:
    """Lines for a csv reader, at most so many for one row; `start` is where the row began."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.start = self.at = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.at >= len(self.lines) or self.at - self.start > CELL_LINES_MAX:
            raise StopIteration
        self.at += 1
        return self.lines[self.at - 1]


def _swallows(taken: list[str], fits: bool, last: bool, sign: str) -> bool:
    """Did a quote stay open? Only then is a row too long, or its quotes close where no cell ends."""
    if len(taken) == 1:
        return last and '"' in taken[0] and len(list(csv.reader([*taken, "x"], delimiter=sign))) == 1
    if not fits or len(taken) > CELL_LINES_MAX:
        return True
    try:
        list(csv.reader(taken, delimiter=sign, strict=True))
    except csv.Error:
        return True
    return False


def read(kind: str, content: bytes, encoding: str = "") -> Table:
    """Rows by column name; raises `Invalid` for a file that cannot be this kind at all."""
    text, shown = decode(content, encoding)
    raw = _records(text, rows_max(kind))
    header = raw[0].cells if raw else ()
    if raw and raw[0].open_at:
        raise Invalid("imports.quote_open", line=1)
    names = _columns(kind, header)
    rows, problems = [], []
    for number, record in enumerate(raw[1:], start=2):
        cells = record.cells
        if not any(cell.strip() for cell in cells):
            continue
        row = Row(number, {n: _cell(c) for n, c in zip(names, cells, strict=False) if n}, cells)
        if record.open_at:
            facts = {"line": record.open_at}
            wrong: Problem | None = Problem(number, "", cells[-1][:80], "quote_open", facts)
        else:
            wrong = _whole_row(row, cells, header, names)
        if wrong is None:
            rows.append(row)
        else:
            problems.append(wrong)
            rows.append(row)
    if not rows:
        raise Invalid("imports.no_rows")
    known = tuple(name for name in names if name)
    ignored = tuple(
        h for h, n in zip(header, names, strict=True) if not n and h.strip().lower() not in IGNORED
    )
    return Table(header, known, tuple(rows), shown, ignored, tuple(problems))


def _columns(kind: str, header: tuple[str, ...]) -> list[str]:
    known = known_headers(kind)
    names = [known.get(_cell(cell).lower(), "") for cell in header]
    twice = {name for name, times in Counter(names).items() if name and times > 1}
    if twice:
        raise Invalid("imports.header_twice", columns=sorted(twice))
    missing = [column.name for column in COLUMNS[kind] if column.required and column.name not in names]
    if kind == "prices" and "price" not in names and "price_minor" not in names:
        missing.append("price")
    if missing:
        raise Invalid("imports.columns_missing", columns=missing)
    return names


def _cell(text: str) -> str:
    """Trimmed, NFC; the apostrophes that our own exports put before formula signs are taken away."""
    plain = GUARDED.sub(";", unicodedata.normalize("NFC", text).strip().strip("\ufeff"))
    if plain[:1] == "'" and FORMULA.match(plain):
        return plain[1:]
    return plain


def _whole_row(row: Row, cells: tuple[str, ...], header: tuple[str, ...], names: list[str]) -> Problem | None:
    if len(cells) != len(header):
        facts = {"found": len(cells), "wanted": len(header)}
        return Problem(row.number, "", str(len(cells)), "column_count", facts)
    for name, cell in zip(names, cells, strict=True):
        if name and any(sign == "\ufffd" or (ord(sign) < 32 and sign not in "\t\n\r") for sign in cell):
            return Problem(row.number, name, cell[:80], "broken_character")
    return None


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet runs as a formula, nor a piece of it; a plain decimal number stays one (ADR 12)."""
    inside = INSIDE.sub(";'", text)
    return f"'{inside}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else inside


def write(header: list[str], rows: list[list[str]]) -> bytes:
    """A CSV file for spreadsheets: UTF-8 with BOM, CRLF, formula-safe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe_cell(cell) for cell in header])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def preview(kind: str, content: bytes, encoding: str, rejected: set[int], count: int = 5) -> list[list[str]]:
    """The first good rows as they were read, below their header, for a person to look at the characters."""
    text, _shown = decode(content, encoding)
    table = read(kind, "".join(text.splitlines(keepends=True)[:PREVIEW_LINES]).encode(), "utf-8")
    return first_good(table, rejected, count)


def first_good(table: Table, rejected: set[int], count: int = 5) -> list[list[str]]:
    """Header and first good rows."""
    good = [[_cell(cell) for cell in row.raw] for row in table.rows if row.number not in rejected]
    return [list(table.header), *good[:count]]

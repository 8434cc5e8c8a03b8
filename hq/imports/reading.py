"""From the bytes of a file to rows: encoding, separator, header, cells. Pure."""

from __future__ import annotations

import csv
import io
import re
import unicodedata

from hq.imports.columns import COLUMNS, IGNORED, known_headers
from hq.imports.model import Problem, Row, Table
from retail.errors import Invalid

ROWS_MAX = 100_000
ENCODINGS = ("utf-8", "gb18030", "big5hkscs", "utf-16")
SHOWN = {"utf-8": "UTF-8", "gb18030": "GBK", "big5hkscs": "Big5", "utf-16": "UTF-16"}
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def decode(content: bytes, encoding: str = "") -> tuple[str, str]:
    """(text, name of the encoding); UTF-8 is recognised by itself, else GBK unless another one is named."""
    if content[:2] == b"PK" or content[:4] == b"\xd0\xcf\x11\xe0":
        raise Invalid("imports.not_csv")
    if not content.strip():
        raise Invalid("imports.empty_file")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        tries = ["utf-16"]
    elif encoding:
        tries = [encoding]
    else:
        tries = ["utf-8", "gb18030"]
    for name in tries:
        if name not in ENCODINGS:
            break
        try:
            text = content.decode("utf-8-sig" if name == "utf-8" else name)
        except UnicodeDecodeError:
            continue
        return text, SHOWN[name]
    raise Invalid("imports.encoding_unreadable")


def separator(header: str) -> str:
    """The sign that the header line uses most: comma, semicolon or tab."""
    return max(",;\t", key=header.count)


def read(kind: str, content: bytes, encoding: str = "") -> Table:
    """Rows by column name; raises `Invalid` for a file that cannot be this kind at all."""
    text, shown = decode(content, encoding)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator(text.split("\n", 1)[0]))
    try:
        raw = [tuple(line) for line in lines]
    except csv.Error as error:
        raise Invalid("imports.not_csv", why=str(error)[:100])
    header = raw[0] if raw else ()
    names = _columns(kind, header)
    if len(raw) - 1 > ROWS_MAX:
        raise Invalid("imports.too_many_rows", rows=len(raw) - 1, limit=ROWS_MAX)
    rows, problems = [], []
    for number, cells in enumerate(raw[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        row = Row(number, {n: _cell(c) for n, c in zip(names, cells, strict=False) if n}, cells)
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
    twice = {name for name in names if name and names.count(name) > 1}
    if twice:
        raise Invalid("imports.header_twice", columns=sorted(twice))
    missing = [column.name for column in COLUMNS[kind] if column.required and column.name not in names]
    if kind == "prices" and "price" not in names and "price_minor" not in names:
        missing.append("price")
    if missing:
        raise Invalid("imports.columns_missing", columns=missing)
    return names


def _cell(text: str) -> str:
    """Trimmed, NFC; the apostrophe that our own exports put before formula signs is taken away."""
    plain = unicodedata.normalize("NFC", text).strip().strip("\ufeff")
    if plain[:1] == "'" and plain[1:2] in FORMULA_SIGNS:
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
    """A cell that no spreadsheet runs as a formula; a plain decimal number stays one (ADR 12)."""
    return f"'{text}" if text[:1] in FORMULA_SIGNS and not NUMBER.fullmatch(text) else text


def write(header: list[str], rows: list[list[str]]) -> bytes:
    """A CSV file for spreadsheets: UTF-8 with BOM, CRLF, formula-safe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe_cell(cell) for cell in header])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")

"""Text for printers: only bytes on an allow-list leave, and a column is an encoded byte.

A character is one printable ASCII byte, or a pair whose lead is 0x81-0xFE and whose trail is 0x40-0x7E or
0x80-0xFE. Nothing else exists, so no name, note or address can hold a command. A character without a form
makes its whole line a bitmap (layout.py), never a question mark.
"""

import unicodedata
from functools import lru_cache

from drivers.printer.protocol import Codec

PYTHON_CODEC: dict[Codec, str] = {"gbk": "gbk", "gb18030": "gb18030", "cp950": "cp950", "big5": "big5"}

# What a cash register may replace without asking; the currency sign keeps two columns in a Chinese printer.
COMMON = {
    "\u00a0": " ",
    "\u202f": " ",
    "\u2007": " ",
    "\u2013": "-",
    "\u2212": "-",
    "\u2010": "-",
    "\u2011": "-",
    "\t": " ",
}
CJK_ONLY = {"\u00a5": "\uffe5"}
WHERE_MISSING = {"\u20ac": "EUR", "\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u2014": "-"}
INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


class TextEncoder:
    """The encoder for one code system; `none` means ASCII only."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec

    def clean(self, text: str) -> str:
        """NFC without control, format or surrogate characters, with the allowed substitutions made."""
        kept: list[str] = []
        for char in unicodedata.normalize("NFC", text):
            char = COMMON.get(char, char)
            if unicodedata.category(char) in INVISIBLE:
                continue
            if self.codec != "none":
                char = CJK_ONLY.get(char, char)
            if char in WHERE_MISSING and encode_char(char, self.codec) is None:
                char = WHERE_MISSING[char]
            kept.append(char)
        return "".join(kept)

    def encode(self, text: str) -> bytes | None:
        """The bytes of clean text, or None when one character has no form in this printer."""
        parts = []
        for char in text:
            part = encode_char(char, self.codec)
            if part is None:
                return None
            parts.append(part)
        return b"".join(parts)

    def unprintable(self, text: str) -> list[str]:
        """The characters of clean text that force a bitmap, in order, each once."""
        return list(dict.fromkeys(char for char in text if encode_char(char, self.codec) is None))

    def width(self, text: str) -> int:
        """Columns of clean text."""
        return sum(char_width(char, self.codec) for char in text)

    def wrap(self, text: str, columns: int) -> list[str]:
        """Break clean text into lines of at most `columns`; a pair is never split, a space is a welcome
        break.
        """
        lines: list[str] = []
        line, used = "", 0
        for char in text:
            wide = char_width(char, self.codec)
            if used + wide > columns:
                line, rest = _break_at_space(line, char)
                lines.append(line)
                line, used = rest, self.width(rest)
            if not (char == " " and not line and lines):
                line, used = line + char, used + wide
        lines.append(line)
        return lines


@lru_cache(maxsize=16384)
def encode_char(char: str, codec: Codec) -> bytes | None:
    """One or two allowed bytes for one character, or None."""
    if " " <= char <= "~":
        return char.encode("ascii")
    if codec == "none" or unicodedata.category(char) == "Co":
        return None
    try:
        pair = char.encode(PYTHON_CODEC[codec])
    except UnicodeEncodeError:
        return None
    if len(pair) == 2 and 0x81 <= pair[0] <= 0xFE and (0x40 <= pair[1] <= 0x7E or 0x80 <= pair[1] <= 0xFE):
        return pair
    return None


@lru_cache(maxsize=16384)
def char_width(char: str, codec: Codec) -> int:
    """Columns of one character: its encoded length, or its drawn width where it becomes part of a bitmap."""
    encoded = encode_char(char, codec)
    if encoded is not None:
        return len(encoded)
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _break_at_space(line: str, incoming: str) -> tuple[str, str]:
    """Where a full line ends: at its last space if a Latin word would be cut, else where it is full."""
    cut = line.rfind(" ")
    word = line[cut + 1 :]
    if cut > len(line) // 2 and incoming != " " and word and word.isascii() and incoming.isascii():
        return line[:cut], word
    return line.rstrip(" "), ""

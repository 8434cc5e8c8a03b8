"""Barcodes as strings of bars ("1" ink), for the emulator's paper; the tables come from python-barcode."""

from barcode import EAN8, EAN13, ITF, UPCA, Code39  # type: ignore[import-untyped]
from barcode.charsets.code128 import CODES, STOP  # type: ignore[import-untyped]
from barcode.errors import BarcodeError  # type: ignore[import-untyped]

NAMES = ("UPC-A", "UPC-E", "EAN-13", "EAN-8", "CODE39", "ITF", "CODABAR", "CODE93", "CODE128")
KINDS = dict(enumerate(NAMES))
SETS = {"A": 103, "B": 104, "C": 105}
SWITCHES = {"A": 101, "B": 100, "C": 99}


def bars_of(kind: int, data: bytes) -> tuple[str, str, str]:
    """(name, readable contents, bars) of GS k; unknown or wrong contents give no bars, as the printer skips
    them.
    """
    name = KINDS.get(kind - 65 if kind >= 65 else kind, "unknown")
    if name == "CODE128":
        shown, bars = _code128(data)
        return name, shown, bars
    shown = data.rstrip(b"\0").decode("ascii", errors="replace")
    try:
        return name, shown, _by_table(name, shown)
    except (BarcodeError, ValueError, KeyError, IndexError):
        return name, shown, ""


def _by_table(name: str, shown: str) -> str:
    makers = {"UPC-A": UPCA, "EAN-13": EAN13, "EAN-8": EAN8, "ITF": ITF}
    if name == "CODE39":
        return "".join(Code39(shown.strip("*"), add_checksum=False).build())
    if name in makers:
        return "".join(makers[name](shown).build())
    return ""


def _code128(data: bytes) -> tuple[str, str]:
    """Code 128 with its set switches "{A", "{B", "{C", "{S", "{1" and "{{"."""
    values: list[int] = []
    shown: list[str] = []
    current, at = "B", 0
    while at < len(data):
        if data[at] == ord("{") and at + 1 < len(data):
            letter = chr(data[at + 1])
            at += 2
            if letter in SETS:
                current = letter
                values.append(SETS[letter] if not values else SWITCHES[letter])
                continue
            if letter != "{":
                values.append({"1": 102, "2": 97, "3": 96, "S": 98}.get(letter, 102))
                continue
            values.append(ord("{") - 32)
            shown.append("{")
            continue
        byte = data[at]
        at += 1
        values.append(byte if current == "C" else (byte - 32) % 128)
        shown.append(f"{byte:02d}" if current == "C" else chr(byte))
    if not values or values[0] not in SETS.values():
        return "".join(shown), ""
    check = (values[0] + sum(place * value for place, value in enumerate(values[1:], 1))) % 103
    pattern = "".join(CODES[value] for value in values if value < len(CODES))
    return "".join(shown), pattern + CODES[check] + STOP + "11"

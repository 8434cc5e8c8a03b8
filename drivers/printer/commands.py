"""ESC/POS bytes by name (Epson's command reference; hardware page, section 5.1)."""

INIT = b"\x1b@"
ASB_ON = b"\x1da\x0e"  # online, error and paper changes; ESC @ switches it off, so it must follow INIT
CUT_AFTER_FEED = b"\x1dVB\x00"
CODE_PAGE_437 = b"\x1bt\x00"
KANJI_ON = b"\x1c&"
KANJI_OFF = b"\x1c."
BOLD_ON, BOLD_OFF = b"\x1bE\x01", b"\x1bE\x00"
SIZE_DOUBLE, SIZE_NORMAL = b"\x1d!\x11", b"\x1d!\x00"
KANJI_DOUBLE, KANJI_NORMAL = b"\x1c!\x0c", b"\x1c!\x00"
ALIGN_LEFT, ALIGN_CENTER = b"\x1ba\x00", b"\x1ba\x01"
PAPER_STATUS = b"\x1dr\x01"
LINE_FEED = b"\n"


def status_request(number: int) -> bytes:
    """DLE EOT n: real-time status, 1 printer, 2 offline cause, 3 error cause, 4 paper."""
    return bytes([0x10, 0x04, number])


def process_id(token: bytes) -> bytes:
    """GS ( H function 48: the printer answers with the token when everything before it is on paper."""
    return b"\x1d(H\x06\x00\x30\x30" + token


def recover(discard: bool) -> bytes:
    """DLE ENQ: 1 goes on from the line where an error stopped, 2 drops the buffer first."""
    return bytes([0x10, 0x05, 0x02 if discard else 0x01])


def pulse(channel: int, on_ms: int, off_ms: int) -> bytes:
    """ESC p m t1 t2 with both times always present: without them the printer eats the next two bytes."""
    return bytes([0x1B, 0x70, channel, min(255, on_ms // 2), min(255, off_ms // 2)])


def realtime_pulse(channel: int, on_ms: int) -> bytes:
    """DLE DC4 1 m t: the pulse that overtakes the buffer, in steps of 100 ms (1 to 8)."""
    return bytes([0x10, 0x14, 0x01, channel, min(8, max(1, on_ms // 100))])


def raster(width_bytes: int, rows: int, data: bytes) -> bytes:
    """GS v 0 with normal size."""
    return b"\x1dv0\x00" + width_bytes.to_bytes(2, "little") + rows.to_bytes(2, "little") + data

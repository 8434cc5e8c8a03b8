"""How an emulated printer reads bytes as characters: code pages, and two-byte systems with a half pair kept.

A model without a character prints a hollow square, as the real ones do, so that a wrong code shows on the
paper.
"""

from typing import Literal

CharModel = Literal["gb18030", "gbk", "big5", "shift_jis", "none"]
MISSING = "□"

PAGES = {
    0: "cp437", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 14: "cp737", 15: "iso8859_7", 16: "cp1252",
    17: "cp866", 18: "cp852", 19: "cp858", 13: "cp857", 33: "cp775", 34: "cp855", 36: "cp862", 37: "cp864",
    45: "cp1250", 46: "cp1251", 47: "cp1253", 48: "cp1254", 49: "cp1255", 50: "cp1256", 51: "cp1257",
    52: "cp1258",
}  # fmt: skip
KATAKANA_FRAME = {
    0x8F: "┼", 0x90: "┴", 0x91: "┬", 0x92: "┤", 0x93: "├", 0x95: "─", 0x96: "│",
    0x98: "┌", 0x99: "┐", 0x9A: "└", 0x9B: "┘", 0x9C: "┌", 0x9D: "┐", 0x9E: "└", 0x9F: "┘",
}  # fmt: skip
# ESC R: national characters that replace ASCII ones; only those met in this trade.
NATIONAL = {8: {0x5C: "¥"}, 3: {0x23: "£"}, 15: {0x24: "¥"}}


class Decoder:
    """Bytes of text tokens to characters with their width in columns."""

    def __init__(self, model: CharModel) -> None:
        self.model = model
        self.page = 0
        self.country = 0
        self.double_byte = model in ("gb18030", "gbk", "big5")
        self.half = b""

    def reset(self) -> None:
        """ESC @: default page, double bytes on in Chinese models, off in Japanese ones."""
        self.page, self.country, self.half = 0, 0, b""
        self.double_byte = self.model in ("gb18030", "gbk", "big5")

    def feed(self, data: bytes) -> list[tuple[str, int]]:
        """(character, columns) for these bytes; an incomplete pair waits."""
        out: list[tuple[str, int]] = []
        stream, self.half = self.half + data, b""
        at = 0
        while at < len(stream):
            size = self._size(stream, at)
            if size is None:
                self.half = stream[at:]
                break
            out.extend(self._decode(stream[at : at + size]))
            at += size
        return out

    def _size(self, stream: bytes, at: int) -> int | None:
        first = stream[at]
        if not self.double_byte or first < 0x81 or first == 0xFF:
            return 1
        if self.model == "shift_jis" and 0xA1 <= first <= 0xDF:
            return 1
        if at + 1 >= len(stream):
            return None
        if self.model == "gb18030" and 0x30 <= stream[at + 1] <= 0x39:
            return 4 if at + 4 <= len(stream) else None
        return 2

    def _decode(self, chunk: bytes) -> list[tuple[str, int]]:
        if len(chunk) == 1:
            return [(self._single(chunk[0]), 1)]
        codec = {"big5": "cp950", "shift_jis": "cp932"}.get(self.model, self.model)
        try:
            return [(chunk.decode(codec), 2)]
        except UnicodeDecodeError:
            # The printer shows an empty cell for the lead byte and the second byte as it is.
            return [(MISSING, 1), (self._single(chunk[1]), 1)]

    def _single(self, byte: int) -> str:
        if 0x20 <= byte <= 0x7E:
            return NATIONAL.get(self.country, {}).get(byte, chr(byte))
        if self.page == 1:
            if byte in KATAKANA_FRAME:
                return KATAKANA_FRAME[byte]
            if 0xA1 <= byte <= 0xDF:
                return bytes([byte]).decode("cp932")
        codec = PAGES.get(self.page)
        if codec is None:
            return MISSING
        return bytes([byte]).decode(codec, errors="replace").replace("\ufffd", MISSING)

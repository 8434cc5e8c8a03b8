"""A QR code as one path of an SVG picture: no image file, no script, sharp at every size."""

from __future__ import annotations

from dataclasses import dataclass

import qrcode

QUIET = 4  # modules of white around the code, as the standard asks


@dataclass(frozen=True)
class Picture:
    """Side in modules, quiet zone included, and the path of the dark ones."""

    side: int
    path: str
    text: str


def picture(text: str) -> Picture:
    """The code of a text, error correction M."""
    code = qrcode.QRCode(border=QUIET, box_size=1, error_correction=0)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    dark = [f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, cell in enumerate(row) if cell]
    return Picture(len(matrix), "".join(dark), text)

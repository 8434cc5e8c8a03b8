"""Glyphs as black and white cells, from a Chinese font of the system.

Half-width cells are 12 x 24 dots, full-width cells 24 x 24, like font A of a receipt printer. Thresholded,
never dithered: dithered pictures are full of bytes that a printer takes for real-time commands.
"""

import os
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from retail.errors import Misconfigured

CELL, HEIGHT = 12, 24
THRESHOLD = 110
# File name and the face inside it; monospaced faces keep Latin letters within half a cell.
FACES = (
    ("NotoSansCJK-Regular.ttc", 7),
    ("NotoSansMonoCJKsc-Regular.otf", 0),
    ("NotoSansCJKsc-Regular.otf", 0),
    ("wqy-microhei.ttc", 1),
    ("wqy-zenhei.ttc", 2),
    ("msyh.ttc", 0),
    ("simsun.ttc", 0),
    ("PingFang.ttc", 0),
)


def font_folders() -> list[Path]:
    """Where the system keeps fonts; LIANPU_FONTS may name one more folder."""
    named = os.environ.get("LIANPU_FONTS")
    folders = [Path(named)] if named else []
    folders += [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts"]
    folders += [Path.home() / ".local/share/fonts", Path("/System/Library/Fonts")]
    folders.append(Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts")
    return [folder for folder in folders if folder.is_dir()]


@lru_cache(maxsize=1)
def find_font() -> tuple[str, int]:
    """The first known Chinese font as (path, face); Misconfigured when none is installed."""
    found = {path.name: path for folder in reversed(font_folders()) for path in folder.rglob("*.[to]t[cf]")}
    for name, face in FACES:
        if name in found:
            return str(found[name]), face
    raise Misconfigured(["no Chinese font found: install fonts-noto-cjk or fonts-wqy-microhei"])


@lru_cache(maxsize=8)
def face(size: int) -> ImageFont.FreeTypeFont:
    """The font at a size in dots."""
    path, index = find_font()
    return ImageFont.truetype(path, size, index=index)


@lru_cache(maxsize=8192)
def glyph(char: str, columns: int, bold: bool) -> Image.Image:
    """One character in a cell of `columns` x 12 dots, mode "1" with ink as 1."""
    width = max(1, columns) * CELL
    font = face(22)
    left, _, right, _ = font.getbbox(char, anchor="ls")
    natural = max(width, int(right) - min(0, int(left)))
    canvas = Image.new("L", (natural, HEIGHT), 0)
    offset = (natural - (int(right) - int(left))) // 2 - int(left)
    ImageDraw.Draw(canvas).text(
        (offset, 19), char, fill=255, font=font, anchor="ls", stroke_width=int(bold) * 0.5
    )
    if natural > width:
        canvas = canvas.resize((width, HEIGHT))
    return canvas.point(lambda value: 255 if value > THRESHOLD else 0).convert("1")

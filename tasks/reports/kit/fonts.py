"""Letters on paper: a font that this machine has, and text in the order in which it is drawn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from arabic_reshaper import ArabicReshaper
from bidi.algorithm import get_display
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from tasks.reports.kit.locale import sound

PLACES = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts")
FAMILIES = (("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"), ("Vera.ttf", "VeraBd.ttf"))
"""The first has Latin, Greek, Cyrillic, Hebrew, Arabic and more (Debian: ``fonts-dejavu-core``);
the second comes with reportlab and has the letters of Western Europe."""
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_reshaper = ArabicReshaper({"delete_harakat": False, "support_ligatures": False})


@dataclass(frozen=True, slots=True)
class Fonts:
    """Names of the fonts that reportlab was told of."""

    regular: str
    bold: str
    shapes: bool = True
    """False where the reader's program puts letters in order, as a browser does."""

    @classmethod
    def found(cls) -> Fonts:
        """The best family that this machine has."""
        return _found()

    def shaped(self, text: str) -> str:
        """The text from left to right, as it is drawn; Arabic letters joined."""
        text = sound(text)
        if not (self.shapes and _RTL.search(text)):
            return text
        return _ordered(text)

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """Points."""
        text = sound(text)
        found: float = pdfmetrics.stringWidth(text, self.bold if bold else self.regular, size)
        return found

    def fitted(self, text: str, size: float, room: float, *, bold: bool = False) -> str:
        """The text, cut with an ellipsis where it does not fit into so many points."""
        if self.width(text, size, bold=bold) <= room:
            return text
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if self.width(text[:middle] + "…", size, bold=bold) <= room:
                low = middle
            else:
                high = middle - 1
        return text[:low] + "…" if low else ""

    def wrapped(self, text: str, size: float, room: float, most: int) -> list[str]:
        """Bold lines of whole words, ``most`` at the most; what a line cannot hold is cut."""
        lines: list[str] = []
        for word in text.split():
            longer = f"{lines[-1]} {word}" if lines else word
            fits = self.width(longer, size, bold=True) <= room
            if lines and (fits or len(lines) == most):
                lines[-1] = longer
            else:
                lines.append(word)
        return [self.fitted(line, size, room, bold=True) for line in lines]


@lru_cache(4096)
def _ordered(text: str) -> str:
    # The library's newer algorithm is quicker, and leaves brackets as they open from the left.
    return str(get_display(_reshaper.reshape(text)))


@lru_cache(1)
def _found() -> Fonts:
    for regular, bold in FAMILIES:
        paths = [_path(regular), _path(bold)]
        if all(paths):
            names = (Path(regular).stem, Path(bold).stem)
            for name, path in zip(names, paths, strict=True):
                pdfmetrics.registerFont(TTFont(name, path))
            return Fonts(*names)
    return Fonts("Helvetica", "Helvetica-Bold")


def _path(name: str) -> str | None:
    """Where a font's file is; reportlab finds its own by their names."""
    if name.startswith("Vera"):
        return name
    found = (path for place in PLACES for path in Path(place).glob(f"**/{name}"))
    return next(map(str, found), None)

"""How cells of a workbook look, and how high their rows are."""

import textwrap
from typing import Any


class Formats:
    """The looks of cells, each made once. What may be filled in has a thick border, so that it is not told by colour alone."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def get(self, **looks: Any) -> Any:
        """A look, by XlsxWriter's names."""
        key = tuple(sorted(looks.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format({"font_name": "Arial", "font_size": 11, "valign": "top", **looks})
        return self.made[key]

    def heading(self) -> Any:
        return self.get(bold=True, text_wrap=True, bg_color="#0B5563", font_color="#FFFFFF", border=1)

    def told(self, **more: Any) -> Any:
        """A cell that is only read."""
        return self.get(text_wrap=True, border=1, border_color="#B1B4B6", **more)

    def asked(self, **more: Any) -> Any:
        """A cell to fill in."""
        return self.get(text_wrap=True, border=2, bg_color="#FFFBE6", locked=False, **more)


def line_count(text: str, width: int) -> int:
    """About how many lines a text takes in a column of that many characters."""
    return sum(max(1, len(textwrap.wrap(line, width))) for line in text.split("\n"))


def height(lines: int) -> float:
    """The height of a row of so many lines, in points. Given, because not every program finds it by itself."""
    return min(15.0 * lines + 3, 400)

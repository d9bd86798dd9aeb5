"""Long lines cut into rows, so that nothing has to be scrolled sideways."""

from collections.abc import Callable
from functools import lru_cache

from rich.cells import cell_len, chop_cells


@lru_cache(maxsize=8192)
def chopped(line: str, width: int, clean: Callable[[str], str]) -> tuple[str, ...]:
    """Return `line` made harmless by `clean` and cut into rows of at most `width` cells, wherever that falls."""
    text = clean(line)
    if len(text) <= width and (text.isascii() or cell_len(text) <= width):
        return (text,)
    return tuple(chop_cells(text, width))


@lru_cache(maxsize=8192)
def folded(line: str, width: int, clean: Callable[[str], str]) -> tuple[str, ...]:
    """Return `line` as rows like `chopped`, cut between words where it can be; further rows are set in."""
    rows = chopped(line, width, clean)
    if len(rows) == 1:
        return rows
    text = clean(line)
    indent = len(text) - len(text.lstrip()) + 2
    indent = indent if indent < width // 2 else 0
    found: list[str] = []
    while text:
        row = chop_cells(text, width)[0]
        blank = row.rfind(" ", width // 2) if len(row) < len(text) else -1
        row = row[: blank + 1] if blank > 0 else row
        found.append(row.rstrip())
        rest = text[len(row) :].lstrip()
        text = " " * indent + rest if rest else ""
    return tuple(found)

"""Tables of nodes: how one is written, told from its header or from its values."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from wizard.design.nodes.token import kind_of_text
from wizard.design.nodes.words import USERS, field_of, folded

DELIMITERS = ("\t", ";", ",", "|")
SPACES = " "
_BY = {"\t": "tab", ";": "semicolon", ",": "comma", "|": "bar", SPACES: "spaces"}
# A column of this name holds names where another one holds addresses.
_NAMES = ("host", "fqdn", "dns", "dns_name")
_ALONE = ("address", "ip", "host", "hostname", "host_name", "ip_address")
# So many of the lines, or of a column's cells, must be alike: a few may be wrong.
MOST = 0.8


@dataclass(frozen=True, slots=True)
class Table:
    """How a table is written: what parts its columns, and the field that each is; "" for one that is not used.

    `header` is the index of the line that names the columns, None where the values tell.
    """

    delimiter: str
    columns: tuple[str, ...]
    header: int | None = None

    @property
    def kind(self) -> str:
        """The table in words."""
        return f"a table by {_BY[self.delimiter]}, {'with' if self.header is not None else 'without'} a header"


def table_of(lines: Sequence[str]) -> Table | None:
    """Return how the lines are a table, None where they are not one."""
    said = [(index, line) for index, line in enumerate(lines) if holds_data(line)]
    if not said:
        return None
    for delimiter in (*DELIMITERS, SPACES):
        columns = _header(cells_of(said[0][1], delimiter), all_known=delimiter == SPACES)
        if columns and len(said) > 1:
            return Table(delimiter, columns, said[0][0])
    for delimiter in DELIMITERS:
        rows = [cells for _, line in said if (cells := cells_of(line, delimiter))]
        if columns := _by_values(rows):
            return Table(delimiter, columns)
    return None


def holds_data(line: str) -> bool:
    """Tell whether a line is neither blank nor a comment."""
    return bool(line.strip()) and not line.lstrip().startswith(("#", "//"))


def cells_of(line: str, delimiter: str) -> list[str] | None:
    """Return the cells of a line; None where a quote is not closed."""
    if delimiter == SPACES:
        return line.split()
    if '"' not in line:
        line = re.sub(r"\s#.*", "", line)
    try:
        row = next(csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True))
    except (csv.Error, StopIteration):
        return None
    return [cell.strip() for cell in row]


def _header(cells: list[str] | None, *, all_known: bool) -> tuple[str, ...] | None:
    """Return the field of each column that a header names; None where the cells are no header."""
    fields = [field_of(cell) or "" for cell in cells or ()]
    if not cells or len(cells) == 1:
        return ("address",) if cells and folded(cells[0]) in _ALONE else None
    known = sum(1 for field in fields if field)
    if known < 2 or (all_known and known < len(fields)) or not {"address", "name"} & set(fields):
        return None
    return tuple(_each_once(cells, fields))


def _each_once(cells: list[str], fields: list[str]) -> list[str]:
    """Return the fields, each for one column only: beside a column of addresses, one called host holds names."""
    better = any(field == "address" and folded(cell) not in _NAMES for cell, field in zip(cells, fields, strict=True))
    found: list[str] = []
    for cell, field in zip(cells, fields, strict=True):
        one = "name" if field == "address" and better and folded(cell) in _NAMES else field
        found.append("" if one in found else one)
    if "address" not in found:
        found[found.index("name")] = "address"
    return found


def _by_values(rows: list[list[str]]) -> tuple[str, ...] | None:
    """Return the fields that columns without a header hold, as their values tell; None where these don't."""
    width, alike = Counter(map(len, rows)).most_common(1)[0] if rows else (0, 0)
    if len(rows) < 2 or width < 2 or alike < MOST * len(rows):
        return None
    columns = [[row[index] for row in rows if len(row) == width and row[index]] for index in range(width)]
    found: list[str] = []
    for column in columns:
        field = _field_by(column, found)
        if field is None or (field and field in found):
            return None
        found.append(field)
    if "address" not in found and "name" in found and "role" in found:
        found[found.index("name")] = "address"
    return tuple(found) if "address" in found else None


def _field_by(column: list[str], found: list[str]) -> str | None:
    """Return the field that a column's values are of; "" for an empty column, None where they are of none."""
    if not column:
        return ""
    kind, alike = Counter(map(kind_of_text, column)).most_common(1)[0]
    if alike < MOST * len(column) or any(" " in value for value in column):
        return None
    if kind == "word" and all(value in USERS for value in column):
        return "user"
    if kind == "word":
        return "zone" if "name" in found or len(set(column)) < MOST * len(column) else "name"
    return {"place": "address", "role": "role", "zone": "zone", "stray": "port"}.get(kind)

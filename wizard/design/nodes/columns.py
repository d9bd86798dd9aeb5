"""Tables: CSV by comma, semicolon, tab or bar, or columns by spaces, with a header or without."""

from collections.abc import Iterable, Sequence

from wizard.design.nodes.entry import NodeEntry
from wizard.design.nodes.fields import Fields, nodes_at, places_of, set_fields
from wizard.design.nodes.ranges import spread
from wizard.design.nodes.reading import Reading
from wizard.design.nodes.table import Table, cells_of, holds_data


def read_columns(lines: Sequence[str], table: Table) -> list[Reading]:
    """Read the lines of a table, the header too."""
    taken = ", ".join(field or "not used" for field in table.columns)
    found: list[Reading] = []
    for index, line in enumerate(lines):
        if index == table.header:
            found.append(Reading(note=f"the header: {taken}"))
        elif not holds_data(line):
            found.append(Reading(note="a comment" if line.strip() else ""))
        else:
            found.append(_row(cells_of(line, table.delimiter), table, taken))
    return found


def _row(cells: list[str] | None, table: Table, taken: str) -> Reading:
    if cells is None:
        return Reading(problems=("a quote is open at the end of the line; both quotes on one line",))
    problems: list[str] = []
    if len(cells) > len(table.columns):
        problems.append(f"{len(cells)} columns here; {len(table.columns)}: {taken}")
    fields: Fields = {}
    pairs = zip(table.columns, cells, strict=False)
    set_fields(fields, ((field, value) for field, value in pairs if field and value), problems)
    return Reading(tuple(_nodes(fields, problems)), tuple(problems))


def _nodes(fields: Fields, problems: list[str]) -> Iterable[NodeEntry]:
    name = fields.pop("name", "")
    address = fields.pop("address", "")
    where = places_of([address or name], problems) if address or name else []
    if not where:
        problems += [] if problems else ["no address; one in each line"]
        return ()
    names = spread(name) if address and name else ()
    if len(names) not in (0, len(where)):
        problems.append(f"{len(names)} name(s) for {len(where)} nodes; a line for each node")
        names = ()
    return nodes_at(where, names, fields, problems)

"""Ansible inventories as INI: `[group]`, `[group:children]`, `[group:vars]`."""

import re
from collections.abc import Sequence

from wizard.design.nodes.inventory import Inventory
from wizard.design.nodes.reading import Reading
from wizard.design.nodes.token import Token, aside, tokens
from wizard.spec.problem import quoted

_HEADING = re.compile(r"\s*\[([A-Za-z_][A-Za-z0-9_.-]*)(?::(children|vars|hosts))?\]\s*(?:[#;].*)?")
_VARIABLE = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_.-]*)\s*=\s*(.*)", re.DOTALL)
UNGROUPED = "ungrouped"


def read_ini(lines: Sequence[str]) -> list[Reading]:
    """Read an inventory; hosts of several groups stand at the first line that names them."""
    inventory = Inventory(len(lines))
    group, part = UNGROUPED, "hosts"
    for index, line in enumerate(lines):
        if heading := _HEADING.fullmatch(line):
            group, part = heading[1], heading[2] or "hosts"
            inventory.group(group)
            inventory.note(index, f"{part} of {group}" if heading[2] else f"the group {group}")
        else:
            _take(inventory, index, line, group=group, part=part)
    return inventory.readings()


def _take(inventory: Inventory, index: int, line: str, *, group: str, part: str) -> None:
    found, comment = tokens(line)
    if not found:
        inventory.note(index, aside(line, comment))
    elif part == "vars":
        _variable(inventory, index, line, group)
    elif part == "children":
        inventory.group(found[0].text).parents.append(group)
        inventory.note(index, f"{found[0].text} is part of {group}")
    else:
        _host(inventory, index, found, group)


def _variable(inventory: Inventory, index: int, line: str, group: str) -> None:
    variable = _VARIABLE.fullmatch(line)
    if variable is None:
        inventory.problem(index, f"{quoted(line.strip())} sets nothing; key=value")
        return
    inventory.group(group).pairs.append((variable[1], variable[2].strip().strip("\"'")))
    inventory.note(index, f"for all of {group}")


def _host(inventory: Inventory, index: int, found: list[Token], group: str) -> None:
    first, *rest = found
    if first.kind == "pair":
        inventory.problem(index, f"{quoted(first.key)} is set for no host; the host first, then key=value")
        return
    for token in rest:
        if token.kind != "pair":
            inventory.problem(index, f"{quoted(token.text)} is not understood here; key=value after the host")
    inventory.host(index, first.text, group, [(token.key, token.text) for token in rest if token.kind == "pair"])

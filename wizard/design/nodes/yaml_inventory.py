"""Ansible inventories as YAML: groups with `hosts`, `vars` and `children`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wizard.design.nodes.inventory import Inventory, Pairs
from wizard.design.nodes.reading import Reading
from wizard.errors import BadSpec
from wizard.spec.positions import Document, read_document
from wizard.spec.problem import Path, quoted

_PARTS = ("hosts", "vars", "children")
_PLACED = re.compile(r"list(?::([0-9]+))?: (.*)", re.DOTALL)


def read_yaml(lines: Sequence[str]) -> list[Reading]:
    """Read an inventory; hosts of several groups stand at the first line that names them."""
    inventory = Inventory(len(lines))
    try:
        document = read_document("\n".join(lines).encode(), name="list")
    except BadSpec as error:
        _broken(inventory, error, len(lines))
    else:
        _Walk(inventory, document).groups((), document.value, parent=None)
        for index, line in enumerate(lines):
            inventory.note(index, _aside(line))
    return inventory.readings()


def _broken(inventory: Inventory, error: BadSpec, lines: int) -> None:
    placed = _PLACED.fullmatch(error.problems[0])
    line, said = (int(placed[1] or 1), placed[2]) if placed else (1, error.problems[0])
    inventory.problem(min(line, lines) - 1, said)
    for index in range(lines):
        inventory.note(index, "not read: the list is no YAML as a whole")


def _aside(line: str) -> str:
    said = line.strip()
    return "" if not said else "a comment" if said.startswith("#") else "belongs to what stands above it"


class _Walk:
    """Goes through the groups of a document."""

    def __init__(self, inventory: Inventory, document: Document) -> None:
        self._inventory = inventory
        self._document = document

    def groups(self, path: Path, tree: Any, *, parent: str | None) -> None:
        """Take the groups of a mapping, each under the group above it."""
        for name, body in self._items(path, tree, "groups, each with hosts, vars or children"):
            group = self._inventory.group(name)
            if parent is not None:
                group.parents.append(parent)
            self._inventory.note(self._line((*path, name)), f"the group {name}")
            self._group(name, (*path, name), body)

    def _group(self, name: str, path: Path, body: Any) -> None:
        for part, content in self._items(path, body, "hosts, vars or children"):
            here = (*path, part)
            self._inventory.note(self._line(here), f"{part} of {name}")
            match part:
                case "hosts":
                    for host, variables in self._items(here, content, "hosts, each with a colon"):
                        pairs = self._pairs((*here, host), variables)
                        self._inventory.host(self._line((*here, host)), host, name, pairs)
                case "vars":
                    self._inventory.group(name).pairs += self._pairs(here, content)
                case "children":
                    self.groups(here, content, parent=name)
                case _:
                    self._inventory.problem(
                        self._line(here), f"{quoted(part)} is no part of a group; one of {', '.join(_PARTS)}"
                    )

    def _pairs(self, path: Path, variables: Any) -> Pairs:
        found = []
        for key, value in self._items(path, variables, "key: value"):
            if isinstance(value, Mapping | tuple):
                continue
            found.append((key, self._document.words.get((*path, key)) or str(value if value is not None else "")))
        return found

    def _items(self, path: Path, tree: Any, wanted: str) -> Iterator[tuple[str, Any]]:
        if isinstance(tree, Mapping):
            yield from tree.items()
        elif tree is not None:
            self._inventory.problem(self._line(path), f"no keys and values stand here; {wanted}")

    def _line(self, path: Path) -> int:
        return self._document.line_of(path) - 1

"""OpenSSH client configurations: their hosts, to pick nodes from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from wizard.design.nodes.entry import NodeEntry
from wizard.design.nodes.fields import Fields, nodes_at, places_of, set_fields
from wizard.design.nodes.reading import Reading

_LINE = re.compile(r"\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*?)\s*")
_FIELDS = {"hostname": "address", "user": "user", "port": "port", "identityfile": "key", "proxyjump": "bastion"}
_PATTERN = re.compile(r"[*?!]")
# What ssh puts in for these is known to ssh alone.
_UNKNOWN_TOKEN = re.compile(r"%[^h%]")


@dataclass(slots=True)
class Block:
    """A `Host` line (its index) with what is set under it; ssh takes the first of several values."""

    line: int
    aliases: list[str]
    set: dict[str, str] = field(default_factory=dict)


def read_ssh_config(lines: Sequence[str]) -> list[Reading]:
    """Read a configuration: each host that is no pattern stands at its `Host` line."""
    notes: list[str] = []
    blocks: list[Block] = []
    block = Block(-1, [])
    for index, line in enumerate(lines):
        keyword, value = _option(line)
        if keyword in ("host", "match"):
            block = Block(index, value.replace('"', "").split() if keyword == "host" else [])
            blocks.append(block)
        elif field_name := _FIELDS.get(keyword):
            block.set.setdefault(field_name, value.strip('"'))
        notes.append(_note(line, keyword, block))
    readings = [Reading(note=note) for note in notes]
    for one in blocks:
        readings[one.line] = _host(one, notes[one.line])
    return readings


def _option(line: str) -> tuple[str, str]:
    option = _LINE.fullmatch(line) if not line.lstrip().startswith("#") else None
    return (option[1].lower(), option[2]) if option else ("", "")


def _note(line: str, keyword: str, block: Block) -> str:
    if not line.strip():
        return ""
    if line.lstrip().startswith("#"):
        return "a comment"
    match keyword:
        case "host":
            return "" if any(not _PATTERN.search(alias) for alias in block.aliases) else "a pattern, not a host"
        case "match":
            return "a condition, not a host; ssh itself honours it"
        case "include":
            return "another file; open that one too for its hosts"
        case word if word in _FIELDS and block.line >= 0:
            return f"of {' '.join(block.aliases)}" if block.aliases else "of the condition above it"
        case "":
            return "not an option of ssh"
        case _:
            return "left to ssh itself"


def _host(block: Block, note: str) -> Reading:
    problems: list[str] = []
    entries: list[NodeEntry] = []
    for alias in block.aliases:
        if not _PATTERN.search(alias):
            entries += _nodes(alias, block.set, problems)
    return Reading(tuple(entries), tuple(dict.fromkeys(problems)), note)


def _nodes(alias: str, said: dict[str, str], problems: list[str]) -> list[NodeEntry]:
    fields: Fields = {}
    set_fields(fields, ((key, value) for key, value in said.items() if _usable(key, value)), problems)
    address = fields.pop("address", alias).replace("%h", alias)
    where = places_of([address], problems)
    return list(nodes_at(where, [alias] if len(where) == 1 and address != alias else (), fields, problems))


def _usable(key: str, value: str) -> bool:
    """Tell whether a value can stand in a spec: not `none`, not a chain of bastions, nothing that ssh puts in."""
    return value.lower() != "none" and not _UNKNOWN_TOKEN.search(value) and not (key == "bastion" and "," in value)

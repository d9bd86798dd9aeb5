"""Lists as people write them: places in any mix, names, roles, zones and `key=value` beside them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from wizard.design.nodes.entry import NodeEntry
from wizard.design.nodes.fault import NotUnderstood
from wizard.design.nodes.fields import Fields, add_role, nodes_at, places_of, set_field
from wizard.design.nodes.place import LIST_AT_MOST, Place
from wizard.design.nodes.ranges import spread
from wizard.design.nodes.reading import Reading
from wizard.design.nodes.token import Token, aside, tokens
from wizard.design.nodes.words import field_of
from wizard.spec.problem import quoted

_FULL = f"not read; the lines before it hold {LIST_AT_MOST} nodes, as many as a cluster may have"
_NEXT = "role (server, agent), zone=…, name=…, user=…, port=… beside an address"


def read_free(lines: Sequence[str]) -> list[Reading]:
    """Read a list in any mix, one line after the other."""
    found: list[Reading] = []
    nodes = 0
    for line in lines:
        found.append(_read_line(line) if nodes <= LIST_AT_MOST else Reading(problems=(_FULL,) if line.strip() else ()))
        nodes += len(found[-1].entries)
    return found


def _read_line(line: str) -> Reading:
    found, comment = tokens(line)
    if not found:
        return Reading(note=aside(line, comment))
    entries: list[NodeEntry] = []
    problems: list[str] = []
    for group in _groups(_settled(found)):
        try:
            entries += _nodes(group, problems)
        except NotUnderstood as error:
            problems.append(str(error))
    return Reading(tuple(entries), tuple(dict.fromkeys(problems)))


def _settled(found: list[Token]) -> list[Token]:
    """Return the pieces, the words as hosts where no address stands in the line; not a host's short name after it."""
    if any(token.kind == "place" or _says_address(token) for token in found):
        return found
    words = [token for token in found if token.kind == "word"]
    short = words[1] if len(words) == 2 and words[0].text.startswith(words[1].text + ".") else None
    return [replace(one, kind="place") if one.kind == "word" and one is not short else one for one in found]


def _groups(found: list[Token]) -> Iterator[list[Token]]:
    """Part a line where the kind of piece it begins with comes again: `10.0.0.1 server 10.0.0.2 agent`."""
    opens = _side(found[0])
    group: list[Token] = []
    placed = False
    for token in found:
        if placed and _side(token) == opens and _side(group[-1]) != opens:
            yield group
            group, placed = [], False
        group.append(token)
        placed = placed or token.kind == "place" or _says_address(token)
    yield group


def _side(token: Token) -> str:
    return token.kind if token.kind in ("place", "word") else "said"


def _says_address(token: Token) -> bool:
    return token.kind == "pair" and field_of(token.key) == "address"


def _nodes(group: list[Token], problems: list[str]) -> list[NodeEntry]:
    fields = _said(group, problems)
    written = [token.text for token in group if token.kind == "place"]
    where = [Place(fields.pop("address"))] if "address" in fields else []
    where += places_of(written, problems)
    if not where:
        if not written and not problems:
            raise NotUnderstood(f"{quoted(group[0].text)} stands beside no address", "the address first, then the rest")
        return []
    words = [token.text for token in group if token.kind == "word"]
    names = spread(fields.pop("name")) if "name" in fields else _names(words, len(where), problems)
    if len(names) not in (0, len(where)):
        problems.append(f"{len(names)} name(s) for {len(where)} nodes; as many names as addresses, or none")
        names = ()
    return list(nodes_at(where, names, fields, problems))


def _names(words: list[str], nodes: int, problems: list[str]) -> tuple[str, ...]:
    if not words:
        return ()
    try:
        names = spread(words[0])
    except NotUnderstood as error:
        problems.append(str(error))
        return ()
    if len(names) != nodes:
        problems.append(
            f"is {quoted(words[0])} a host or a name?; a host on a line of its own, a name beside one address"
        )
        return ()
    # As in /etc/hosts, further words may be other names of the same host.
    strange = [word for word in words[1:] if nodes > 1 or not _same_host(names[0], word)]
    problems.extend(f"{quoted(word)} is not understood here; {_NEXT}" for word in strange)
    return names


def _same_host(name: str, other: str) -> bool:
    return name.partition(".")[0].lower() == other.partition(".")[0].lower()


def _said(group: list[Token], problems: list[str]) -> Fields:
    """Return the fields that a group's roles, zones and pairs set."""
    fields: Fields = {}
    for token in group:
        try:
            _note(token, fields)
        except NotUnderstood as error:
            problems.append(str(error))
    return fields


def _note(token: Token, fields: Fields) -> None:
    if token.kind == "stray":
        raise NotUnderstood(f"{quoted(token.text)} is only a number", "port=…, or all of the address")
    if token.kind == "role":
        add_role(fields, token.text)
    elif token.kind == "zone":
        fields["zone"] = token.text
    elif token.kind == "pair":
        set_field(fields, token.key, token.text)

"""Lists as people write them: places in any mix, names, roles, zones and `key=value` beside them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from wizard.design.nodes.entry import NodeEntry, read_entry
from wizard.design.nodes.fault import NotUnderstood
from wizard.design.nodes.place import Place, places
from wizard.design.nodes.ranges import spread
from wizard.design.nodes.reading import Reading
from wizard.design.nodes.token import Token, tokens
from wizard.design.nodes.words import FIELDS, field_of, role_of
from wizard.spec.problem import nearest, quoted

_NEXT = "role (server, agent), zone=…, name=…, user=…, port=… beside an address"


def read_free(lines: Sequence[str]) -> list[Reading]:
    """Read a list in any mix, one line after the other."""
    return [read_line(line) for line in lines]


def read_line(line: str, given: Mapping[str, Any] | None = None) -> Reading:
    """Read one line; `given` are the fields of a node that hold where the line does not say otherwise."""
    found, comment = tokens(line)
    if not found:
        return Reading(note="a comment" if comment else "")
    entries: list[NodeEntry] = []
    problems: list[str] = []
    for group in _groups(found):
        try:
            for one in _nodes(group, given or {}, problems):
                entries.append(one)
        except NotUnderstood as error:
            problems.append(str(error))
    return Reading(tuple(entries), tuple(dict.fromkeys(problems)))


def _groups(found: list[Token]) -> Iterator[list[Token]]:
    """Part a line where the kind of piece it begins with comes again: `10.0.0.1 server 10.0.0.2 agent`.

    What stands alone, a bad piece or a list of places, is a group with all that follows it.
    """
    opens = _side(found[0], found)
    group: list[Token] = []
    for token in found:
        if group and _side(token, found) == opens and _side(group[-1], found) != opens and _has_place(group, found):
            yield group
            group = []
        group.append(token)
    yield group


def _side(token: Token, line: list[Token]) -> str:
    """Return what a piece is for: where no address stands in the line, its words are the hosts."""
    if token.kind == "word" and not any(other.kind == "place" or _says_address(other) for other in line):
        return "place"
    return token.kind if token.kind in ("place", "word") else "said"


def _has_place(group: list[Token], line: list[Token]) -> bool:
    return any(_side(token, line) == "place" or _says_address(token) for token in group)


def _says_address(token: Token) -> bool:
    return token.kind == "pair" and field_of(token.key) == "address"


def _nodes(group: list[Token], given: Mapping[str, Any], problems: list[str]) -> Iterator[NodeEntry]:
    fields = {**given, **_said(group, problems)}
    words = [token.text for token in group if token.kind == "word"]
    written = [token.text for token in group if token.kind == "place"]
    where = [Place(fields.pop("address"))] if "address" in fields else []
    where += _places(written, problems)
    if not where and not written:
        where, words = _hosts(words, problems)
    if not where:
        if not written and not problems:
            raise NotUnderstood(f"{quoted(group[0].text)} stands beside no address", "the address first, then the rest")
        return
    names = _names(words, len(where), problems)
    names = spread(fields.pop("name")) if "name" in fields else names
    if len(names) not in (0, len(where)):
        problems.append(f"{len(names)} name(s) for {len(where)} nodes; as many names as addresses, or none")
        names = ()
    yield from _entries(where, names, fields, problems)


def _entries(
    where: list[Place], names: Sequence[str], fields: dict[str, Any], problems: list[str]
) -> Iterator[NodeEntry]:
    for place, name in zip(where, names or [""] * len(where), strict=True):
        said = {"user": place.user, "port": place.port}
        try:
            yield read_entry(
                {
                    **fields,
                    **{key: value for key, value in said.items() if value},
                    "address": place.address,
                    "name": name,
                }
            )
        except NotUnderstood as error:
            problems.append(str(error))


def _places(written: Iterable[str], problems: list[str]) -> list[Place]:
    found: list[Place] = []
    for text in written:
        try:
            found += places(text)
        except NotUnderstood as error:
            problems.append(str(error))
    return found


def _hosts(words: list[str], problems: list[str]) -> tuple[list[Place], list[str]]:
    """Return the hosts that a line without addresses names, and the words that are left: a host's short name."""
    if len(words) == 2 and words[0].startswith(words[1] + "."):
        return _places(words[:1], problems), words[1:]
    return _places(words, problems), []


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


def _said(group: list[Token], problems: list[str]) -> dict[str, Any]:
    """Return the fields that a group's roles, zones and pairs set."""
    fields: dict[str, Any] = {}
    for token in group:
        try:
            _note(token, fields)
        except NotUnderstood as error:
            problems.append(str(error))
    return fields


def _note(token: Token, fields: dict[str, Any]) -> None:
    if token.kind == "stray":
        raise NotUnderstood(f"{quoted(token.text)} is only a number", "port=…, or all of the address")
    if token.kind == "role":
        _add_role(fields, token.text)
    elif token.kind == "zone":
        fields["zone"] = token.text
    elif token.kind == "pair":
        set_field(fields, token.key, token.text)


def set_field(fields: dict[str, Any], key: str, value: str) -> None:
    """Set what `key=value` says of a node. Raises NotUnderstood for a key that says nothing of one."""
    front, dot, name = key.partition(".")
    if dot and front in ("label", "taint"):
        fields.setdefault("labels", {})[name] = value
    elif (field := field_of(key)) is None:
        raise NotUnderstood(f"{quoted(key)} says nothing of a node here", nearest(key, sorted(set(FIELDS.values()))))
    elif field == "role":
        for word in value.replace("+", ",").split(","):
            _add_role(fields, word)
    elif field == "labels":
        pairs = (pair.partition("=") for pair in value.split(",") if pair)
        fields.setdefault("labels", {}).update({name.strip(): text.strip() for name, _, text in pairs})
    elif field == "taints":
        fields["taints"] = [*fields.get("taints", ()), *(one.strip() for one in value.split(",") if one)]
    else:
        fields[field] = value


def _add_role(fields: dict[str, Any], word: str) -> None:
    role = role_of(word)
    if role is None:
        raise NotUnderstood(f"{quoted(word)} is not a role", "server or agent")
    # A machine of several roles holds the control plane: it is a server, which also works.
    fields["role"] = "server" if "server" in (role, fields.get("role")) else "agent"

"""The fields of nodes as lists give them, each by any of its names, and the nodes they make."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from wizard.design.nodes.entry import NodeEntry, read_entry
from wizard.design.nodes.fault import NotUnderstood
from wizard.design.nodes.place import LIST_AT_MOST, Place, places
from wizard.design.nodes.words import FIELDS, field_of, folded, role_of
from wizard.spec.problem import nearest, quoted

Fields = dict[str, Any]
"""What is said of one node: texts, `labels` as a mapping, `taints` as a list."""
# Inventories that name two addresses mean by this one that of the cluster's own network.
_INNER = "ip"


def set_field(fields: Fields, key: str, value: str) -> None:
    """Set what `key=value` says of a node. Raises NotUnderstood for a key or a value that says nothing of one."""
    front, dot, name = key.partition(".")
    if dot and front == "label":
        fields.setdefault("labels", {})[name] = value
        return
    match field_of(key):
        case None:
            raise NotUnderstood(f"{quoted(key)} says nothing of a node here", nearest(key, set(FIELDS.values())))
        case "role":
            for word in value.replace("+", ",").split(","):
                add_role(fields, word)
        case "labels":
            pairs = (pair.partition("=") for pair in value.split(",") if pair)
            fields.setdefault("labels", {}).update({name.strip(): text.strip() for name, _, text in pairs})
        case "taints":
            fields["taints"] = [*fields.get("taints", ()), *(one.strip() for one in value.split(",") if one)]
        case "address" if fields.get("address"):
            _second_address(fields, key, value)
        case str() as field:
            fields[field] = value


def add_role(fields: Fields, word: str) -> None:
    """Add a role by one of its names: a machine of several holds the control plane, and is a server, which also works.

    Raises NotUnderstood for a word that is no role.
    """
    role = role_of(word)
    if role is None:
        raise NotUnderstood(f"{quoted(word)} is not a role", "server or agent")
    fields["role"] = "server" if "server" in (role, fields.get("role")) else "agent"


def set_fields(fields: Fields, pairs: Iterable[tuple[str, str]], problems: list[str]) -> None:
    """Set all the pairs, and add what is wrong with any of them to `problems`."""
    for key, value in pairs:
        try:
            set_field(fields, key, value)
        except NotUnderstood as error:
            problems.append(str(error))


def nodes_at(
    where: Sequence[Place], names: Sequence[str], fields: Mapping[str, Any], problems: list[str]
) -> Iterator[NodeEntry]:
    """Return a node for each place, by the name beside it where there are any, with the fields that all share."""
    for place, name in zip(where, names or [""] * len(where), strict=True):
        own = {key: value for key, value in (("user", place.user), ("port", place.port)) if value}
        try:
            yield read_entry({**fields, **own, "address": place.address, "name": name})
        except NotUnderstood as error:
            problems.append(str(error))


def places_of(written: Iterable[str], problems: list[str]) -> list[Place]:
    """Return all the places that are written there, and add what is wrong with any of them to `problems`."""
    found: list[Place] = []
    for text in written:
        if len(found) > LIST_AT_MOST:
            problems.append(f"the line stands for more than {LIST_AT_MOST} nodes; shorter lists")
            break
        try:
            found += places(text)
        except NotUnderstood as error:
            problems.append(str(error))
    return found


def _second_address(fields: Fields, key: str, value: str) -> None:
    inner, outer = (value, fields["address"]) if folded(key) == _INNER else (fields["address"], value)
    fields["address"] = outer
    if inner != outer:
        fields["internal_address"] = inner

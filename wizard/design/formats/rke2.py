"""RKE2's own config.yaml, of one node, as the start of a design."""

from collections.abc import Mapping
from typing import Any

from wizard.design.formats.fields import take_fields
from wizard.design.formats.taken import Taken, strings
from wizard.design.formats.vetting import drop_unusable
from wizard.design.tree import Tree, put, thawed
from wizard.spec.option_rule import Option, known_options
from wizard.spec.problem import may_be_secret

_JOIN_PORT = ":9345"
_OF_THE_NODE = ("node-name", "node-ip", "node-external-ip", "node-label", "node-taint")
_LISTS = ("registration.tls_sans", "network.cni", "network.cluster_cidr", "network.service_cidr")


def is_rke2(data: Mapping[str, Any]) -> bool:
    """Tell whether a file is RKE2's: most of its keys are RKE2's options."""
    known = sum(key in known_options() or key == "server" for key in data)
    return known * 2 > len(data)


def take_rke2(data: Mapping[str, Any]) -> Taken:
    """Take the content of a `config.yaml`; return what can be taken over. Secrets are left where they are."""
    taken = Taken()
    taken.answer("distribution", "rke2", "config.yaml")
    tree: Tree = {}
    server = str(data.get("server", "")).removeprefix("https://").removesuffix(_JOIN_PORT)
    if server:
        put(tree, ("registration", "address"), server)
    for key, value in data.items():
        if key not in (*_OF_THE_NODE, "server"):
            _take_option(key, value, tree, taken)
    _take_node(data, taken)
    drop_unusable(tree, taken)
    take_fields(tree, taken)
    return taken


def _take_option(key: str, value: Any, tree: Tree, taken: Taken) -> None:
    option = known_options().get(key)
    if option is None:
        taken.note(key, "RKE2 does not know this key; left out")
    elif option.secret or may_be_secret((key,)):
        taken.note(key, "a secret is not taken over; say where it is kept when you are asked")
    elif option.field == "registries":
        taken.note(key, "the file it names is not read; set registries in the spec")
    elif option.field:
        _take_field(key, option, value, tree, taken)
    elif option.why:
        taken.note(key, f"left out: {option.why}")
    elif option.per_node or (option.url and "@" in str(value)):
        taken.note(key, "left out: it holds for one node, or carries a password")
    else:
        put(tree, ("options", "server", key), thawed(value))
        if option.role == "both":
            put(tree, ("options", "agent", key), thawed(value))


def _take_field(key: str, option: Option, value: Any, tree: Tree, taken: Taken) -> None:
    path = tuple(option.field.split("."))
    if key == "etcd-disable-snapshots":
        value = value is not True
    elif key == "etcd-s3":
        return
    elif option.field in _LISTS:
        value = [part for text in strings(value) for part in text.split(",")]
    elif isinstance(value, tuple):
        taken.note(key, "a list is not taken over here; set it in the spec")
        return
    put(tree, path, value)


def _take_node(data: Mapping[str, Any], taken: Taken) -> None:
    """Take the node that the file was written for, where it says which one."""
    inner = ",".join(strings(data.get("node-ip", ())))
    outer = next(strings(data.get("node-external-ip", ())), "")
    name = next(strings(data.get("node-name", ())), "")
    address = (outer or inner or name).partition(",")[0]
    if not address:
        taken.note("nodes", "the file names no machine; list the nodes")
        return
    labels = dict(text.partition("=")[::2] for text in strings(data.get("node-label", ())))
    fields = {
        "address": address,
        "name": name,
        "internal_address": inner if inner != address else "",
        "role": "server" if any(_servers_only(key) for key in data) else "",
        "labels": labels,
        "taints": tuple(strings(data.get("node-taint", ()))),
    }
    taken.node(fields, "node-name")


def _servers_only(key: str) -> bool:
    option = known_options().get(key)
    return option is not None and option.role == "server"

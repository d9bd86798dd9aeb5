"""`nodes` and `remove`: nodes added to a running cluster, taken out of it, replaced; a whole cluster taken away."""

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard import exits
from wizard.cli.apply import rollout_options, view_options
from wizard.cli.plan import ask_given, secret_options, warn
from wizard.cli.room import Options

if TYPE_CHECKING:
    from wizard.apply import Given
    from wizard.spec.models import Spec


def register(commands: Any) -> None:
    """Add this room's commands."""
    command = commands.add_parser("nodes", help="add nodes to a running cluster, take them out, replace them")
    verbs = command.add_subparsers(metavar="VERB", required=True)
    add = verbs.add_parser("add", help="write a node into the spec and bring it up")
    rollout_options(add)
    add.add_argument("name", help="name of the new node")
    add.add_argument("--address", required=True, help="where the jump host reaches it")
    add.add_argument("--role", choices=("server", "agent"), default="agent", help="default: agent")
    add.add_argument(
        "--planes", metavar="PLANE,...", help="RKE1: any of controlplane, etcd, worker; default: by --role"
    )
    add.add_argument("--zone", help="failure domain")
    add.set_defaults(run=_add, only="")
    gone = verbs.add_parser("remove", help="drain nodes, take them out of the cluster and Kubernetes off them")
    rollout_options(gone)
    gone.add_argument("names", nargs="+", metavar="NODE", help="names of the nodes")
    gone.add_argument("--dead", action="store_true", help="their machines are gone for good: only forget them")
    _confirm_option(gone)
    gone.set_defaults(run=_remove)
    other = verbs.add_parser("replace", help="take a node out and bring it up again, on another machine if you like")
    rollout_options(other)
    other.add_argument("name", metavar="NODE", help="name of the node, which it keeps")
    other.add_argument("--address", help="where the new machine is; default: the same machine")
    other.add_argument("--dead", action="store_true", help="the old machine is gone for good")
    _confirm_option(other)
    other.set_defaults(run=_replace, only="")
    whole = commands.add_parser("remove", help="take a whole cluster off its machines, balancers included")
    whole.add_argument("spec", type=Path, help="cluster.yaml")
    whole.add_argument("--confirm", metavar="CLUSTER", help="start without asking: the cluster's name")
    view_options(whole)
    secret_options(whole)
    whole.set_defaults(run=_remove_all, yes=False)


def _confirm_option(command: argparse.ArgumentParser) -> None:
    """Add what consents to the cleaning of RKE1's nodes, which a yes does not."""
    command.add_argument("--confirm", metavar="CLUSTER", help="RKE1: clean without asking: the cluster's name")


def _add(given: argparse.Namespace) -> int:
    """Write the node into the spec once the plan is accepted, and bring it up; one that is there already goes on."""
    from wizard.spec.edit import add_node
    from wizard.spec.load import load_spec

    fields: dict[str, object] = {"name": given.name, "address": given.address, "role": given.role}
    if given.planes:
        planes = [plane.strip() for plane in given.planes.split(",")]
        fields |= {"role": "agent" if planes == ["worker"] else "server", "roles": planes}
    if given.zone:
        fields["zone"] = given.zone
    known = load_spec(given.spec).spec.nodes
    there = [node.model_dump(mode="json") for node in known]
    if any(fields.items() <= {name: node[name] for name in fields}.items() for node in there):
        return _bring_up(given, _text(given.spec), {})
    node = ("nodes", len(known))
    said = {"name": "name", "address": "--address", "zone": "--zone", "role": "--role", "roles": "--planes"}
    options: Options = {(*node, field): option for field, option in said.items()}
    return _bring_up(given, add_node(_text(given.spec), fields), options)


def _remove(given: argparse.Namespace) -> int:
    """Take nodes out; they leave the spec when the work begins, so that no apply brings them up again."""
    from wizard.cli.apply import bring_up
    from wizard.errand import REMOVE
    from wizard.membership.remove import Leaving
    from wizard.spec.edit import drop_nodes

    text = _with_nodes(given.spec, given.names)
    spec, secrets = _loaded(given, text)
    given.about = Leaving(tuple(given.names), given.dead).record()
    given.text, given.after = text, drop_nodes(_text(given.spec), tuple(given.names))
    return bring_up(given, spec, secrets, only=REMOVE)


def _replace(given: argparse.Namespace) -> int:
    """Take a node out, then bring it up under the same name."""
    from wizard.errors import BadUsage
    from wizard.spec.edit import change_address
    from wizard.spec.load import read_spec

    before = _with_nodes(given.spec, [given.name])
    if given.dead and not given.address:
        raise BadUsage("where is the new machine?", hint="Add --address; the old one is said to be gone for good.")
    after = change_address(before, given.name, given.address) if given.address else before
    places = {
        node.name: place for place, node in enumerate(read_spec(before.encode(), name=str(given.spec)).spec.nodes)
    }
    options: Options = {("nodes", places.get(given.name, 0), "address"): "--address"}
    # What is wrong with it is told before the node is taken out.
    read_spec(after.encode(), name=str(given.spec), options=options)
    given.names = [given.name]
    code = _remove(given)
    if code != exits.DONE:
        print(f"{given.name} is not out yet; run the same command again", file=sys.stderr)
        return code
    for name in ("about", "text", "after"):
        delattr(given, name)
    return _bring_up(given, after, options)


def _remove_all(given: argparse.Namespace) -> int:
    """Take the cluster away; its state here is set aside when nothing is left of it."""
    from wizard.cli.apply import bring_up
    from wizard.errand import REMOVE_ALL
    from wizard.site import set_aside, state_path

    text = _text(given.spec)
    spec, secrets = _loaded(given, text)
    code = bring_up(given, spec, secrets, only=REMOVE_ALL)
    if code == exits.DONE:
        kept = set_aside(spec.name)
        print(f"kept here: {kept}")
        if spec.distribution == "rke1":
            back = shlex.join(("mv", str(kept), str(state_path(spec.name))))
            print(f"sealed in it: state files, snapshots. To get at them: {back}; then rke1 state restore, rke1 unseal")
    return code


def _bring_up(given: argparse.Namespace, text: str, options: Options) -> int:
    """Apply a changed spec, which is written when the work begins; `options` gave what was changed."""
    from wizard.cli.apply import bring_up

    spec, secrets = _loaded(given, text, options)
    given.text = given.after = text
    return bring_up(given, spec, secrets)


def _loaded(given: argparse.Namespace, text: str, options: Options | None = None) -> "tuple[Spec, Given]":
    from wizard.cli.asking import ask_secrets
    from wizard.spec.load import read_spec

    loaded = read_spec(text.encode(), name=str(given.spec), options=options)
    if not given.json:
        warn(loaded.warnings)
    return loaded.spec, ask_given(given, loaded.spec, ask_secrets)


def _text(path: Path) -> str:
    """The spec's text; what is wrong with it is told by reading it as a spec."""
    from wizard.spec.load import load_spec

    load_spec(path)
    return path.read_text(encoding="utf-8")


def _with_nodes(path: Path, names: list[str]) -> str:
    """The spec as it was when it had all of the nodes: they leave it when their removal begins."""
    from wizard.rollout.process import SPEC, runs
    from wizard.site import state_path
    from wizard.spec.load import load_spec

    spec, text = load_spec(path).spec, _text(path)
    for run in (None, *reversed(runs(state_path(spec.name)))):
        known = load_spec(run / SPEC).spec if run else spec
        if set(names) <= {node.name for node in known.nodes}:
            return (run / SPEC).read_text(encoding="utf-8") if run else text
    return text

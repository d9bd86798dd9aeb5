"""The draft that the demo begins with: which machines there are, and how to reach them; the design is left to ask."""

from pathlib import Path

from wizard.design.answers import Answers
from wizard.design.draft import Draft
from wizard.design.formats.section import found_sections
from wizard.design.nodes.entry import NodeEntry
from wizard.design.question import accept, questions
from wizard.spec.load import load_spec
from wizard.spec.models import Node, Spec

DESIGNED = "designed.yaml"


def seed(spec_path: Path) -> Draft:
    """Take the spec of a simulated site; return a draft for the same machines, to be saved beside it."""
    folder = spec_path.parent.resolve()
    spec = load_spec(spec_path).spec
    answers = Answers()
    front = spec.model_dump(exclude_unset=True, mode="json", include={"balancer"})
    in_front = {key: value for key, value, _ in found_sections(front)}
    for key, value in {**_said(spec, folder), **in_front}.items():
        answers = answers.given(key, accept(questions()[key], value))
    ssh = {"agent": False, "config": "none", "known_hosts": str(folder / spec.ssh.known_hosts)}
    lines = [_line(node) for node in spec.nodes]
    return Draft(
        answers=answers,
        nodes_text="".join(f"{line}\n" for line in lines),
        carried={"ssh": ssh},
        spec_path=str(folder / DESIGNED),
    )


def _said(spec: Spec, folder: Path) -> dict[str, str | int | None]:
    """Return what the site itself settles: its name, its release, its networks and the way in."""
    return {
        "cluster_name": spec.name,
        "version": spec.version,
        "cluster_cidr": spec.network.cluster_cidr[0],
        "dns_name": spec.registration.address if spec.registration else None,
        "ssh_user": spec.ssh.user,
        "ssh_port": spec.ssh.port,
        "ssh_key": str(folder / spec.ssh.key) if spec.ssh.key else None,
    }


def _line(node: Node) -> str:
    """Return a machine as one would list it: without a role, which the design gives it."""
    entry = NodeEntry(address=node.address, name=node.name, zone=node.zone, internal_address=str(node.internal_address))
    return entry.text

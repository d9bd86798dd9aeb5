"""How to log in to a node that is still being designed: the spec's `ssh`, and what its own line says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from wizard.design.nodes.entry import NodeEntry
from wizard.errors import BadUsage
from wizard.hosts.target import Target
from wizard.reach import target_of
from wizard.spec.message import errors_of, path_of, problem_of
from wizard.spec.positions import Document
from wizard.spec.problem import field_name
from wizard.spec.ssh import NodeSsh, Ssh


def read_ssh(fields: Mapping[str, Any]) -> Ssh:
    """Take what a spec holds under `ssh`; return it checked. Raises BadUsage naming the first bad field."""
    try:
        return Ssh.model_validate(dict(fields))
    except ValidationError as error:
        first = errors_of(error)[0]
        problem = problem_of(first, Document(fields, {}, (), {}, frozenset()))
        raise BadUsage(f"ssh.{field_name(path_of(first))}: {problem.what}", hint=problem.allowed) from None


def own_ssh(entry: NodeEntry) -> dict[str, Any]:
    """Return what an entry says of its login, as a node of the spec holds it under `ssh`."""
    said = {"user": entry.user, "port": entry.port, **entry.ssh}
    return {field: value for field, value in said.items() if value}


def target(entry: NodeEntry, ssh: Ssh, base: Path) -> Target:
    """Return how to reach an entry's host; it is called by its key."""
    own = NodeSsh.model_validate(own_ssh(entry))
    return target_of(entry.key, entry.address, ssh.overridden(own), base)

"""What goes wrong on purpose: one step of a node, once; the node is sound again afterwards."""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard.errors import BadUsage
from wizard.profiles import profile


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a script fails."""

    exit_status: int
    errors: tuple[str, ...]


@dataclass(slots=True)
class Faults:
    """The step that is still to fail, by node."""

    armed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, wanted: Mapping[str, str], nodes: Collection[str]) -> "Faults":
        """Take node → step key. Raises BadUsage for a node or step that is not there."""
        for node, step in wanted.items():
            _known("node", node, nodes)
            _known("step", step, [*profile("simulator")["faults"], *profile("simulator")["ills"]])
        return cls(dict(wanted))

    def pending(self, node: str, step: str) -> bool:
        """True while that step of the node has not failed yet."""
        return self.armed.get(node) == step

    def strike(self, node: str, step: str) -> bool:
        """True for the step that is to fail, once."""
        if not self.pending(node, step):
            return False
        del self.armed[node]
        return True

    def refusal(self, node: str, script: str, args: tuple[str, ...], *, kernel: str) -> Refusal | None:
        """Return how this call of a script fails, once; None when it is to be carried out."""
        step = self.armed.get(node, "")
        row = data(step) if step in profile("simulator")["faults"] else {}
        if row.get("script") != script or row.get("argument", script) not in (script, *args):
            return None
        self.strike(node, step)
        return Refusal(row["exit"], tuple(line.replace("$kernel", kernel) for line in row["errors"]))


def fallen_ill(ill: str, lines: list[str]) -> list[str]:
    """Return the lines of a probe with those of an ill in place of the sound ones; as they are for what is no ill."""
    signs: list[str] = profile("simulator")["ills"].get(ill, [])
    keys = {sign.partition("=")[0] for sign in signs}
    return [line for line in lines if line.partition("=")[0] not in keys] + signs


def data(step: str) -> dict[str, Any]:
    """Return the row of profiles/simulator.yaml for a step."""
    row: dict[str, Any] = profile("simulator")["faults"][step]
    return row


def _known(what: str, name: str, names: Collection[str]) -> None:
    if name in names:
        return
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    some = ", ".join(list(names)[:12])
    raise BadUsage(f"the simulated site has no {what} {name!r}", hint=f"{hint}There are {some}.")

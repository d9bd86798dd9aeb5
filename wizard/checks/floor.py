"""Amounts with two floors: one below which nothing goes, one that is advised."""

from collections.abc import Mapping

from wizard.checks.finding import Said, fail, ok, skipped, warn
from wizard.checks.seen import container
from wizard.hosts.facts import Facts
from wizard.spec.models import Node


def enough(amount: int, unit: str, need: Mapping[str, int], *, node: Node, facts: Facts) -> Said:
    """Judge an amount by `need`'s floors `least` and `advised`; 0 is one that could not be read."""
    if not amount:
        return skipped(f"the number of {unit} was not readable", next_move=f"Look at {node.name} by hand.")
    # A container's are its host's: what is advised for a machine says nothing there.
    if amount >= need["least" if container(facts) else "advised"]:
        return ok(f"{amount} {unit}")
    return (warn if amount >= need["least"] else fail)(
        f"{amount} {unit}",
        wanted=f"{need['least']} {unit} at least, {need['advised']} advised for a {node.role}",
        next_move=f"Give {node.name} {need['advised']} {unit}.",
    )

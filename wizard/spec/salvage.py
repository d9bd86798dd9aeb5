"""What is left of a spec when its wrong fields are taken out, so that rules find the rest of the problems too.

Without it, one typo would hide every clash of names, addresses and networks until the next run.
"""

import copy
from typing import Any

from pydantic import ValidationError

from wizard.spec.message import errors_of, path_of
from wizard.spec.models import Spec
from wizard.spec.problem import Path
from wizard.spec.rke1 import PLANES

ROUNDS = 8
RKE1_STAND_IN = "v1.30.14-rancher1-1"
# What a field that can't be left out becomes; chosen so that no rule finds fault with it.
_STAND_INS: dict[str, Any] = {
    "apiVersion": "rancher-wizard/v1",
    "name": "unnamed",
    "distribution": "rke2",
    "version": "v1.34.2+rke2r1",
    "nodes": ({"name": "unnamed", "address": "unnamed.invalid", "role": "server"},),
}


def salvage(tree: Any, found: ValidationError) -> Spec | None:
    """Take a parsed file and what is wrong with it; return a spec of the rest, or None when too little is left.

    Fields that must be there get a stand-in of their own: problems at them are already known, and the caller
    drops what rules say about those paths.
    """
    if not isinstance(tree, dict):
        return None
    left = _mutable(tree)
    for _ in range(ROUNDS):
        for path in sorted({path_of(error) for error in errors_of(found)}, key=len, reverse=True):
            _mend(left, path)
        try:
            return Spec.model_validate(_frozen(left))
        except ValidationError as again:
            found = again
    return None


def _mend(tree: Any, path: Path) -> None:
    if not path:
        return
    parent = _at(tree, path[:-1])
    if isinstance(parent, dict) and path[:1] == ("nodes",) and path[-1] == "role" and _is_rke1(tree):
        # Which planes were meant is not known: none is missing then.
        parent.setdefault("roles", list(PLANES))
    stand_in = _stand_in(tree, path)
    if stand_in is not None and isinstance(parent, dict):
        parent[path[-1]] = stand_in
    elif isinstance(parent, dict) and path[-1] in parent:
        del parent[path[-1]]
    elif isinstance(parent, list) and path[:-1] == ("nodes",):
        # The place stays, so that the paths of the nodes after it stay right.
        parent[int(path[-1])] = _nobody(int(path[-1]))
    else:
        _mend(tree, path[:-1])


def _stand_in(tree: Any, path: Path) -> Any:
    match path:
        case ("version",) if _is_rke1(tree):
            return RKE1_STAND_IN
        case (str() as field,):
            return copy.deepcopy(_STAND_INS.get(field))
        case ("nodes", int() as index, "name" | "address"):
            return f"unnamed-{index}.invalid"
        case ("nodes", int(), "role"):
            return "server"
        case ("nodes", int(), "roles") if _is_rke1(tree):
            return list(PLANES)
    return None


def _is_rke1(tree: Any) -> bool:
    return isinstance(tree, dict) and tree.get("distribution") == "rke1"


def _nobody(index: int) -> dict[str, str]:
    return {"name": f"unnamed-{index}.invalid", "address": f"unnamed-{index}.invalid", "role": "server"}


def _at(tree: Any, path: Path) -> Any:
    for part in path:
        if isinstance(tree, dict):
            tree = tree.get(part)
        elif isinstance(tree, list) and isinstance(part, int) and part < len(tree):
            tree = tree[part]
        else:
            return None
    return tree


def _mutable(tree: Any) -> Any:
    """Copy, so that what an alias repeats can be mended in one place without the others."""
    if isinstance(tree, dict):
        return {key: _mutable(value) for key, value in tree.items()}
    return [_mutable(value) for value in tree] if isinstance(tree, tuple | list) else tree


def _frozen(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _frozen(value) for key, value in tree.items()}
    return tuple(_frozen(value) for value in tree) if isinstance(tree, tuple | list) else tree

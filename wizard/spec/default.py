"""Whether the operator has set a field of a spec."""

from typing import Any

from wizard.spec.models import Spec
from wizard.spec.problem import Path


def is_set(spec: Spec, path: Path) -> bool:
    """Whether a field has another value than by default; what lies in a part that is not there has not."""
    part: Any = spec
    for name in path[:-1]:
        part = getattr(part, str(name))
        if part is None:
            return False
    name = str(path[-1])
    return bool(getattr(part, name) != type(part).model_fields[name].default)

"""Data that changes with upstream releases, read from profiles/."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

# libyaml's is ten times as fast; both are the safe ones: they make plain values and no objects.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
PROFILES = Path(__file__).parent.parent / "profiles"


@cache
def profile(name: str) -> Any:
    """Return the data of `profiles/NAME.yaml`."""
    return yaml.load((PROFILES / f"{name}.yaml").read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - see above

"""Data that changes with upstream releases, read from profiles/."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

PROFILES = Path(__file__).parent.parent / "profiles"


@cache
def profile(name: str) -> Any:
    """Return the data of `profiles/NAME.yaml`."""
    return yaml.safe_load((PROFILES / f"{name}.yaml").read_text(encoding="utf-8"))

"""Data that changes with upstream releases, read from profiles/."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from wizard.loader import LOADER

PROFILES = Path(__file__).parent.parent / "profiles"


@cache
def profile(name: str) -> Any:
    """Return the data of `profiles/NAME.yaml`."""
    text = (PROFILES / f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=LOADER)  # noqa: S506 - a safe one

"""How YAML is loaded: as plain values only, and by libyaml where it is there."""

from typing import Any

import yaml

# Some ten times as quick; PyYAML's own one reads the same.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Safe either way: it makes plain values and no objects."""

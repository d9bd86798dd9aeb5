"""`schema`: the spec's JSON schema, for editors."""

import argparse
import json
from typing import Any


def register(commands: Any) -> None:
    """Add this room's commands."""
    command = commands.add_parser("schema", help="print the JSON schema of cluster.yaml")
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Print the schema."""
    from wizard.spec.schema import json_schema

    print(json.dumps(json_schema(), indent=2))
    return 0

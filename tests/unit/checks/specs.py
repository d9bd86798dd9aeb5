"""Specs for checks: any part of the usual one changed."""

import json
from typing import Any

from wizard.spec.models import Spec

NODES = (
    {"name": "cp-1", "address": "10.0.0.11", "role": "server"},
    {"name": "worker-1", "address": "10.0.0.21", "role": "agent"},
)


def spec(**changes: Any) -> Spec:
    """Return a spec of a server and an agent, with `changes` of its top fields."""
    usual = {
        "apiVersion": "rancher-wizard/v1",
        "name": "prod",
        "distribution": "rke2",
        "version": "v1.34.2+rke2r1",
        "nodes": NODES,
    }
    # As JSON, or strict models refuse lists where they hold tuples.
    return Spec.model_validate_json(json.dumps({**usual, **changes}))

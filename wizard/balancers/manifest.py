"""Manifests as text, for files that RKE2's servers deploy by themselves, and for kubectl."""

from typing import Any

import yaml

FOLDER = "/var/lib/rancher/rke2/server/manifests"
MODE = 0o600
SYSTEM = "kube-system"
OURS = {"app.kubernetes.io/managed-by": "rancher-wizard"}


class Nested(str):
    """YAML that stands as a text in other YAML, written line by line."""


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(Nested, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|"))


def as_text(*documents: Any) -> str:
    """Return YAML of the documents; every value stays data, whatever stands in it."""
    text: str = yaml.dump_all(
        documents,
        Dumper=_Dumper,
        sort_keys=False,
        default_flow_style=False,
        width=1000,
        explicit_start=len(documents) > 1,
    )
    return text

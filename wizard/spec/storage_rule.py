"""What must hold between the fields of storage."""

from collections.abc import Iterator

from wizard.spec.models import Spec
from wizard.spec.problem import Problem

_KINDS = {"path": ("local-path", "longhorn"), "server": ("nfs",), "export": ("nfs",)}


def fields_of_the_kind(spec: Spec) -> Iterator[Problem]:
    """A field that the chosen kind does not read would be waited for in vain."""
    for field, kinds in _KINDS.items():
        if getattr(spec.storage, field) is not None and spec.storage.kind not in kinds:
            what = f"is not read when kind is {spec.storage.kind}"
            yield Problem(("storage", field), what, f"kind: {' or '.join(kinds)}, or no {field}")


def whole_server(spec: Spec) -> Iterator[Problem]:
    """An NFS server is mounted by its address and a folder."""
    server, export = spec.storage.server, spec.storage.export
    if spec.storage.kind == "nfs" and (server is None) != (export is None):
        present, absent = ("export", "server") if server is None else ("server", "export")
        yield Problem(("storage", present), f"stands without {absent}", "both, or neither")


RULES = (fields_of_the_kind, whole_server)

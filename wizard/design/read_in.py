"""An existing file as the start of a design: a spec of ours, RKE1's cluster.yml, RKE2's config.yaml."""

from dataclasses import dataclass
from pathlib import Path

from wizard.design.draft import Draft
from wizard.design.formats.rke1 import is_rke1, take_rke1
from wizard.design.formats.rke2 import is_rke2, take_rke2
from wizard.design.formats.spec import take_spec
from wizard.errors import BadSpec
from wizard.spec.positions import SIZE_LIMIT, read_document

KINDS = "a cluster.yaml of this wizard, a cluster.yml of RKE1, or a config.yaml of RKE2"


@dataclass(frozen=True, slots=True)
class ReadIn:
    """A draft made from a file: what kind of file it was taken for, and what could not be taken over."""

    draft: Draft
    kind: str
    notes: tuple[str, ...] = ()


def open_file(path: Path) -> ReadIn:
    """Take the path of a file to start from. Raises BadSpec where it can't be used, with all that is wrong."""
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or "not a usable path"
        raise BadSpec([f"{path}: {what}"], hint=f"Name {KINDS}.") from None
    return read_in(data, str(path))


def read_in(data: bytes, name: str) -> ReadIn:
    """Take the bytes of a file and the name to call it by; otherwise as `open_file`."""
    document = read_document(data, name=name)
    value = document.value
    if not isinstance(value, dict) or not value:
        raise BadSpec([f"{name}: holds no keys and values"], hint=f"Name {KINDS}.")
    if "apiVersion" in value:
        return ReadIn(take_spec(data, name).draft(name), "a spec of this wizard")
    doubts = tuple(one.line(name, document.line_of(one.path)) for one in document.problems)
    if is_rke1(value):
        taken, kind = take_rke1(value), "a cluster.yml of RKE1"
    elif is_rke2(value):
        taken, kind = take_rke2(value), "a config.yaml of RKE2"
    else:
        raise BadSpec([f"{name}: is no kind of file that is known here"], hint=f"Name {KINDS}.")
    return ReadIn(taken.draft(""), kind, (*taken.notes, *doubts))

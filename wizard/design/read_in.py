"""An existing file as the start of a design: a spec of ours, RKE1's cluster.yml, RKE2's config.yaml."""

from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from wizard.design.answers import Answers, parse_answers
from wizard.design.draft import Draft
from wizard.design.formats.rke1 import is_rke1, take_rke1
from wizard.design.formats.rke2 import is_rke2, take_rke2
from wizard.design.formats.spec import take_spec
from wizard.design.rancherd import FOLDER
from wizard.design.tree import thawed
from wizard.design.writing import answers_path
from wizard.errors import BadSpec
from wizard.spec.positions import SIZE_LIMIT, read_document

KINDS = "a cluster.yaml of this wizard, a cluster.yml of RKE1, or a config.yaml of RKE2"


@dataclass(frozen=True, slots=True)
class ReadIn:
    """A draft made from a file: what kind of file it was taken for, and what could not be taken over."""

    draft: Draft
    kind: str
    notes: tuple[str, ...] = ()


def open_file(path: Path, *, leaving: bool = False) -> ReadIn:
    """Take the path of a file to start from. Raises BadSpec where it can't be used, with all that is wrong.

    With `leaving`, its distribution is to be left: that nothing can be downloaded for it any more is then no fault.
    """
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or "not a usable path"
        raise BadSpec([f"{path}: {what}"], hint=f"Name {KINDS}.") from None
    beside, notes = _beside(path)
    if leaving:
        data = _from_a_folder(data, str(path))
    read = read_in(data, str(path), beside)
    return replace(read, notes=(*read.notes, *notes)) if read.draft.spec_path else read


def read_in(data: bytes, name: str, beside: Answers | None = None) -> ReadIn:
    """Take the bytes of a file, the name to call it by, and the answers beside it; otherwise as `open_file`."""
    document = read_document(data, name=name)
    value = document.value
    if not isinstance(value, dict) or not value:
        raise BadSpec([f"{name}: holds no keys and values"], hint=f"Name {KINDS}.")
    if "apiVersion" in value:
        return ReadIn(take_spec(data, name, beside).draft(name), "a spec of this wizard")
    doubts = tuple(one.line(name, document.line_of(one.path)) for one in document.problems)
    if is_rke1(value):
        taken, kind = take_rke1(value), "a cluster.yml of RKE1"
    elif is_rke2(value):
        taken, kind = take_rke2(value), "a config.yaml of RKE2"
    else:
        raise BadSpec([f"{name}: is no kind of file that is known here"], hint=f"Name {KINDS}.")
    return ReadIn(taken.draft(""), kind, (*taken.notes, *doubts))


def _from_a_folder(data: bytes, name: str) -> bytes:
    """Return a spec of RancherD as if its files lay in a folder; anything else as it is."""
    value = read_document(data, name=name).value
    if not isinstance(value, dict) or value.get("distribution") != "rancherd":
        return data
    return yaml.safe_dump({**thawed(value), "source": {"kind": "folder", "path": FOLDER}}, sort_keys=False).encode()


def _beside(path: Path) -> tuple[Answers | None, tuple[str, ...]]:
    """Return the answers that lie beside a spec, None where there are none, and why they can't be read."""
    file = answers_path(path)
    if not file.is_file():
        return None, ()
    try:
        return parse_answers(file.read_text(encoding="utf-8"), str(file)), ()
    except (OSError, UnicodeDecodeError):
        return None, (f"{file}: can't be read; left out",)
    except BadSpec as error:
        return None, (*error.problems, f"{file}: left out")

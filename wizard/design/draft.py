"""A design under way: answers, nodes and choices, kept on this machine from the first answer on."""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import platformdirs

from wizard.design.answers import Answers, parse_answers, to_text
from wizard.errors import WizardError
from wizard.files import write_private
from wizard.secret import MASK

FOLDER = ".drafts"  # no cluster can be called so
_ID = re.compile(r"[0-9a-f]{12}")
# How inventories and lists carry passwords.
_PASSWORD = re.compile(
    r"(?im)(?P<key>(?:ansible_(?:ssh_|become_|sudo_|su_)?|\b)pass(?:word|phrase|wd)?[\"']?\s*[=:]\s*)"
    r"(?:(?P<quote>[\"']).*?(?P=quote)|[^\s,;\"']+)"
)


@dataclass(frozen=True, slots=True)
class NodeChange:
    """What the operator set for one node by key; None where nothing was."""

    name: str | None = None
    role: str | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the operator was: the name of a screen, and of the question in focus."""

    screen: str = "questions"
    key: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A cluster being designed; immutable, each change makes another one.

    `nodes_text` is what was typed or pasted, as it is; `changes` what was set by key, by the node's address. `design`
    is the key of the chosen design, None for the one that is ranked first. `carried` holds parts of an existing spec
    that no question covers, as they stood there. `spec_path` is the file it came from, or was saved to.
    """

    id: str = field(default_factory=lambda: secrets.token_hex(6))
    answers: Answers = field(default_factory=Answers)
    nodes_text: str = ""
    changes: Mapping[str, NodeChange] = field(default_factory=dict)
    design: str | None = None
    carried: Mapping[str, Any] = field(default_factory=dict)
    place: Place = Place()
    spec_path: str | None = None

    def answered(self, answers: Answers) -> "Draft":
        """Return the draft with other answers."""
        return replace(self, answers=answers)

    def changed(self, address: str, change: NodeChange) -> "Draft":
        """Return the draft with one node set otherwise; a change that sets nothing is forgotten."""
        rest = {key: value for key, value in self.changes.items() if key != address}
        return replace(self, changes=rest if change == NodeChange() else {**rest, address: change})


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft on disk: `name` is the cluster's, `at` when it was saved (epoch seconds)."""

    id: str
    name: str
    place: Place
    at: float


def without_passwords(text: str) -> str:
    """Return a list of nodes with the passwords in it masked: a draft is no place for them."""
    return _PASSWORD.sub(lambda found: found["key"] + (quote := found["quote"] or "") + MASK + quote, text)


def save(draft: Draft) -> Path:
    """Keep a draft (0600, whole or not at all), in place of an earlier one of its id; return the file."""
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    record = {
        "answers": to_text(draft.answers),
        "nodes_text": without_passwords(draft.nodes_text),
        "changes": {address: asdict(change) for address, change in draft.changes.items()},
        "design": draft.design,
        "carried": draft.carried,
        "place": asdict(draft.place),
        "spec_path": draft.spec_path,
    }
    path = folder / f"{draft.id}.json"
    write_private(path, json.dumps(record, indent=1).encode())
    return path


def load(draft_id: str) -> Draft:
    """Return the draft of that id; raises WizardError where there is none or it can't be read."""
    path = _folder() / f"{draft_id}.json"
    if not _ID.fullmatch(draft_id):
        raise WizardError(f"{draft_id!r} is not the id of a draft", hint="Start a new one.")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return Draft(
            id=draft_id,
            answers=parse_answers(record["answers"], str(path)),
            nodes_text=str(record["nodes_text"]),
            changes={address: NodeChange(**change) for address, change in record["changes"].items()},
            design=record["design"],
            carried=record["carried"],
            place=Place(**record["place"]),
            spec_path=record["spec_path"],
        )
    except FileNotFoundError:
        raise WizardError(f"{path}: there is no such draft", hint="Start a new one.") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WizardError(f"{path}: the draft can't be read", hint="Remove the file, and start a new one.") from error


def drafts() -> tuple[KeptDraft, ...]:
    """Return the drafts on this machine, the last one saved first; those that can't be read are left out."""
    found = [kept for path in _folder().glob("*.json") if (kept := _kept(path))]
    return tuple(sorted(found, key=lambda one: -one.at))


def remove(draft_id: str) -> None:
    """Forget a draft."""
    if _ID.fullmatch(draft_id):
        (_folder() / f"{draft_id}.json").unlink(missing_ok=True)


def _kept(path: Path) -> KeptDraft | None:
    try:
        draft = load(path.stem)
        return KeptDraft(draft.id, draft.answers.word("cluster_name"), draft.place, path.stat().st_mtime)
    except (OSError, WizardError):
        return None


def _folder() -> Path:
    return Path(platformdirs.user_state_dir("rancher-wizard")) / FOLDER

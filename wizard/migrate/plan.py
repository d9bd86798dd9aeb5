"""The whole plan of a migration: what is there of the old cluster, read and judged."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wizard.design.amount import count
from wizard.distros.rke1.treasure import read_state_file
from wizard.errors import WizardError
from wizard.migrate.ask import Answers, ask
from wizard.migrate.inventory import Inventory, gone, inventory
from wizard.migrate.mapping import Mapped, mapped
from wizard.migrate.moves import Move, moves
from wizard.migrate.new_spec import NewSpec, new_spec
from wizard.migrate.old import Old


@dataclass(frozen=True, slots=True)
class Source:
    """One of the things that are read, and what came of it."""

    name: str
    place: str
    read: bool
    said: str

    def record(self) -> dict[str, Any]:
        """The same for a program."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Migration:
    """All that is known and proposed."""

    old: Old
    new: NewSpec
    found: Inventory
    sources: tuple[Source, ...]
    settings: tuple[Mapped, ...]
    removed: tuple[str, ...]
    moves: tuple[Move, ...]


def migration(
    old: Old,
    *,
    rkestate: Path | None = None,
    kubeconfig: Path | None = None,
    kubectl: str = "kubectl",
    asked: Answers | None = None,
    addresses: Sequence[str] = (),
    avoid: Sequence[str] = (),
) -> Migration:
    """Read what else is there of an RKE1 cluster, each if it is there, and plan the way out.

    `asked` are the API's answers where it was asked already. Raises BadSpec, BadUsage as `new_spec`.
    """
    path = old.path
    of_state = _state(old, rkestate or _beside(old, f"{path.stem}.rkestate"))
    place = kubeconfig or _beside(old, f"kube_config_{path.name}")
    answers, of_api = _asked(asked, "a node's connection") if asked else _api(place, kubectl)
    found = inventory(answers)
    new = new_spec(old, addresses, (*avoid, *found.addresses))
    removed = gone(old.config.version, new.spec.version) if old.config.minor else ()
    said = f"{count(len(old.nodes), 'node')}, {old.config.version or 'no version pinned'}"
    first = Source("cluster.yml" if old.spec is None else "spec of RKE1", str(path), True, said)
    sources = (first, of_state, of_api, *_partly(answers))
    settings = mapped(old.config.document.value)
    return Migration(old, new, found, sources, settings, removed, moves(old, found, removed))


def _beside(old: Old, name: str) -> Path:
    """Where rke leaves its files: beside cluster.yml; for a spec in the wizard's own folder."""
    if old.spec is None:
        return old.path.with_name(name)
    from wizard.site import state_path

    own = state_path(old.name)
    return own / "kubeconfig" if name.startswith("kube_config") else own / "rke1" / "cluster.rkestate"


def _state(old: Old, path: Path) -> Source:
    try:
        state = read_state_file(path)
    except WizardError as error:
        return Source("rkestate", str(path), False, error.message)
    if state is None:
        return Source("rkestate", str(path), False, "it is not there")
    known = {address for node in old.nodes for address in node.addresses}
    said = f"CA {state.ca[:16]}…, {state.version}, {count(len(state.addresses), 'node')}"
    if strangers := sorted(set(state.addresses) - known):
        said += f"; not in the configuration: {', '.join(strangers[:5])}"
    if not state.built:
        said += "; no control plane was ever up with it"
    return Source("rkestate", str(path), True, said)


def _api(kubeconfig: Path, kubectl: str) -> tuple[Answers, Source]:
    if not kubeconfig.is_file():
        return Answers(), Source("API", str(kubeconfig), False, "there is no kubeconfig; name one by --kubeconfig")
    return _asked(ask(kubeconfig, kubectl), str(kubeconfig))


def _asked(answers: Answers, place: str) -> tuple[Answers, Source]:
    if "api" in answers.failed:
        return answers, Source("API", place, False, answers.failed["api"])
    return answers, Source("API", place, True, count(len(answers.of("nodes")), "node"))


def _partly(answers: Answers) -> Iterator[Source]:
    for kind, why in answers.failed.items():
        if kind != "api":
            yield Source(f"API: {kind}", "", False, why)

"""The whole verdict on a cluster.yml."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wizard.distros.rke1.vet.config import Config, read_config
from wizard.distros.rke1.vet.doubt import doubts
from wizard.distros.rke1.vet.shape import wrong_kinds
from wizard.distros.rke1.vet.vendor import refused
from wizard.errors import BadSpec
from wizard.spec.positions import SIZE_LIMIT
from wizard.spec.problem import Problem
from wizard.spec.release import RKE1_VERSION
from wizard.spec.rke1_version import beyond


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a cluster.yml: `refused` by `rke`, its first words first; `doubts` are ours."""

    config: Config
    name: str
    refused: tuple[Problem, ...]
    doubts: tuple[Problem, ...]

    def lines(self, problems: Iterable[Problem]) -> tuple[str, ...]:
        """Return problems as `file:line: field: what; advice`, each once, by line."""
        placed = sorted(problems, key=lambda one: self.config.document.line_of(one.path))
        return tuple(dict.fromkeys(one.line(self.name, self.config.document.line_of(one.path)) for one in placed))


def judge(data: bytes, *, name: str, rke: str = "") -> Verdict:
    """Take the bytes of a cluster.yml and the name to call it by; `rke` is the version of the binary, where known.

    Raises BadSpec where it is no usable YAML.
    """
    config = read_config(data, name=name)
    kinds = tuple(wrong_kinds(config))
    # A file of the wrong shape is never looked at further by `rke`, and could not be by us.
    if kinds:
        return Verdict(config, name, kinds, ())
    found = (*refused(config), *_beyond(config, rke))
    return Verdict(config, name, tuple(dict.fromkeys(found)), tuple(doubts(config)))


def _beyond(config: Config, rke: str) -> Iterable[Problem]:
    own = config.raw("system_images") or not RKE1_VERSION.fullmatch(config.version)
    if rke and not own and (why := beyond(rke, config.version)):
        yield Problem(("kubernetes_version",), why)


def judge_file(path: Path, *, rke: str = "") -> Verdict:
    """As `judge`, of a file. Raises BadSpec where it can't be read."""
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        hint = "Name RKE1's file, usually cluster.yml; in a spec: rke1.cluster_yml."
        raise BadSpec([f"{path}: {error.strerror}"], hint=hint) from None
    return judge(data, name=str(path), rke=rke)

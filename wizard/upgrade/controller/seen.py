"""What a server tells of the controller's work, read from the lines of watch_controller."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class HandedNode:
    """A node that was handed over."""

    name: str
    cordoned: bool
    version: str
    ready: bool
    handed: str
    """The release that it was handed over for, as image tags have it."""
    was_cordoned: bool
    """Whether the operator had cordoned it before."""
    done: frozenset[str]
    """The hashes of plans that were carried out on it."""


@dataclass(frozen=True, slots=True)
class PlanSeen:
    """A plan as the controller understands it."""

    hash: str
    refused: str
    """Why the controller takes it as not valid; "" where it does not."""


@dataclass(frozen=True, slots=True)
class Job:
    """What the controller has begun on a node."""

    name: str
    complete: bool
    failed: str
    """Why it has failed for good; "" while it has not."""


@dataclass(frozen=True, slots=True)
class Container:
    """A part of a job's pod: prepare, drain, cordon or upgrade."""

    exit_status: int | None
    running: bool
    waits: str
    """Why it does not run yet, in one word; "" where nothing is said."""


@dataclass(frozen=True, slots=True)
class Pod:
    """One attempt of a job."""

    name: str
    parts: Mapping[str, Container]


@dataclass(slots=True)
class Seen:
    """All that was told at one moment; jobs and pods by node and version."""

    nodes: dict[str, HandedNode] = field(default_factory=dict)
    plans: dict[str, PlanSeen] = field(default_factory=dict)
    jobs: dict[tuple[str, str], Job] = field(default_factory=dict)
    pods: dict[tuple[str, str], list[Pod]] = field(default_factory=dict)

    def ended(self, node: str, version: str, part: str) -> list[int]:
        """Return the exit statuses of a part of the pods of a node's job, of those attempts in which it ended."""
        parts = (pod.parts.get(part) for pod in self.pods.get((node, version), ()))
        return [each.exit_status for each in parts if each and each.exit_status is not None]

    def doing(self, node: str, version: str) -> str:
        """Return in words what the latest attempt is at."""
        pods = self.pods.get((node, version))
        if not pods:
            return "its pod is not there yet"
        for name, part in pods[-1].parts.items():
            if part.running:
                return f"{name} runs"
            if part.waits and part.waits != "PodInitializing":
                return f"{name} waits: {part.waits}"
        return "its pod is made ready"


def read_seen(lines: Iterable[str]) -> Seen:
    """Return what lines of watch_controller say; what is no such line is passed over."""
    seen = Seen()
    for line in lines:
        kind, _, rest = line.partition("|")
        match kind, rest.split("|"):
            case "node", [name, cordoned, version, ready, handed, was, *done]:
                marks = frozenset(filter(None, done))
                seen.nodes[name] = HandedNode(
                    name, cordoned == "true", version, ready == "True", handed, bool(was), marks
                )
            case "plan", [name, _, digest, valid, *said]:
                refused = "|".join(said) or "not valid" if valid == "False" else ""
                seen.plans[name] = PlanSeen(digest, refused)
            case "job", [name, node, version, complete, failed, *said]:
                why = "|".join(said).strip() or "failed" if failed == "True" else ""
                seen.jobs[node, version] = Job(name, complete == "True", why)
            case "pod", [name, node, version, parts]:
                seen.pods.setdefault((node, version), []).append(Pod(name, dict(_parts(parts))))
    return seen


def _parts(text: str) -> Iterable[tuple[str, Container]]:
    for each in text.split(";"):
        name, _, state = each.partition("=")
        match state.split(","):
            case [exit_status, started, waits]:
                yield name, Container(int(exit_status) if exit_status.isdigit() else None, bool(started), waits)

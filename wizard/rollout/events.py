"""What happens in a rollout, as small records; every view is a fold of their stream.

A record holds plain JSON values only, so that what is read back from a journal equals what was written.
"""

import dataclasses
import json
from typing import Any, ClassVar, Literal

from wizard.errors import WizardError

StepOutcome = Literal["done", "unchanged", "failed", "skipped", "interrupted"]
NodeOutcome = Literal["done", "unchanged", "failed", "skipped", "interrupted"]
RolloutOutcome = Literal["done", "unchanged", "failed", "partly", "aborted", "interrupted"]

_kinds: dict[str, type["Event"]] = {}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened; `at` is seconds since the epoch on the jump host, set when it is journalled."""

    at: float = 0.0
    durable: ClassVar[bool] = True  # a change of state, worth an fsync

    def __init_subclass__(cls) -> None:
        _kinds[cls.__name__] = cls


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StepOutline:
    key: str
    title: str
    expected_s: float
    back: str = ""  # what "back" means once it has begun; "" as before it; {node} is who takes it


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StageOutline:
    key: str
    title: str
    noun: str  # what its nodes are called in the title of a batch: "servers", "agents"
    batches: tuple[tuple[str, ...], ...]
    steps: tuple[StepOutline, ...]
    at_once: int = 1
    rolling: bool = False
    soak_s: float = 0.0

    def expected_s(self) -> float:
        """Predicted seconds of the whole stage, in which every step of every node has to be done."""
        node_s = sum(step.expected_s for step in self.steps)
        turns = sum(-(-len(batch) // self.at_once) for batch in self.batches) if self.rolling else len(self.batches)
        return self.soak_s + turns * node_s

    @property
    def nodes(self) -> tuple[str, ...]:
        return tuple(node for batch in self.batches for node in batch)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SurveyStarted(Event):
    """The first record of a run: the engine lives, and looks at the nodes before it plans."""

    nodes: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RolloutStarted(Event):
    """The plan stands: the outline is all that a view needs to draw the rest."""

    cluster: str
    run: str
    digest: str
    stages: tuple[StageOutline, ...]
    settled: tuple[str, ...] = ()  # nodes on which the facts show nothing to do
    simulated: bool = False
    pid: int = 0
    notice: str = ""  # what the plan says once to each view


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StageAdded(Event):
    """A node takes another way than was planned: it is put back."""

    node: str
    stages: tuple[StageOutline, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StageStarted(Event):
    stage: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class BatchStarted(Event):
    stage: str
    number: int  # from 1
    nodes: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StageSoaking(Event):
    """The canaries are left alone for `seconds` before the next batch."""

    stage: str
    seconds: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StageClosed(Event):
    """No further node is begun before `until` (epoch seconds): it is not the hour for it."""

    stage: str
    until: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StageOpened(Event):
    """The hours have come in which nodes may be begun again."""

    stage: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StageEnded(Event):
    stage: str
    failed: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted(Event):
    stage: str
    node: str
    step: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StepProgress(Event):
    """How far a step is: `percent` of it, and what it waits for or does, in words."""

    stage: str
    node: str
    step: str
    percent: int
    doing: str
    durable: ClassVar[bool] = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StepEnded(Event):
    """How a step ended; a failed one says what was seen, the likely cause and the next move."""

    stage: str
    node: str
    step: str
    outcome: StepOutcome
    took_s: float = 0.0
    saw: str = ""
    cause: str = ""
    next_move: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NodeOutput(Event):
    """Lines that a node printed, cleaned."""

    node: str
    lines: tuple[str, ...]
    durable: ClassVar[bool] = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NodeWaiting(Event):
    """A node can't be reached for now; `awaited` says what is awaited, `until` (epoch seconds) when we give up."""

    node: str
    awaited: str
    until: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NodeBack(Event):
    node: str
    after_s: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NodeEnded(Event):
    stage: str
    node: str
    outcome: NodeOutcome


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CommandTaken(Event):
    """An operator's word that the engine has taken: pause, resume, retry, skip, back, abort."""

    command: str
    node: str = ""
    said: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Held(Event):
    """The rollout waits for the operator: retry, skip or abort; `until` (epoch seconds) is when it ends by itself."""

    why: str
    until: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RolloutEnded(Event):
    outcome: RolloutOutcome
    said: str
    next_move: str = ""


def to_line(event: Event, seq: int) -> str:
    """Return one journal line for `event`, without its end."""
    fields = {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}
    record = {"seq": seq, "kind": type(event).__name__, **fields}
    return json.dumps(record, default=dataclasses.asdict, ensure_ascii=False, separators=(",", ":"))


def from_line(line: str) -> Event | None:
    """Return the event of one journal line, None for a kind that this version doesn't know.

    Raises WizardError when the line is no record.
    """
    try:
        record: dict[str, Any] = json.loads(line)
        kind = _kinds.get(str(record.pop("kind")))
        if kind is None:
            return None
        record.pop("seq", None)
        if "stages" in record:
            record["stages"] = tuple(_stage(stage) for stage in record["stages"])
        return kind(**{key: _frozen(value) for key, value in record.items()})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WizardError(f"not a journal record of this version: {line[:80]!r}") from error


def _stage(record: dict[str, Any]) -> StageOutline:
    steps = tuple(StepOutline(**step) for step in record.pop("steps"))
    return StageOutline(steps=steps, **{key: _frozen(value) for key, value in record.items()})


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value

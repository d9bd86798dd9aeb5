"""What the operator said to the questions, and what is assumed where nothing was said."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from wizard.design.question import Question, Value, accept, asked, assumed, questions
from wizard.design.yaml_text import scalar
from wizard.errors import BadAnswer, BadSpec
from wizard.spec.positions import Document, read_document
from wizard.spec.problem import Problem, nearest

HEAD = "# Answers to the design questions: replay them by `rancher-wizard new --answers FILE`. No secrets in here.\n"
PROBLEM_LIMIT = 200  # a file of something else altogether has a hundred thousand
HINT = "Correct the lines named above, or leave a question out: what is assumed then is listed."


@dataclass(frozen=True, slots=True)
class Assumption:
    """A question that was left open: what is assumed instead, and why it matters."""

    key: str
    question: str
    assumed: str
    matters: str

    def __str__(self) -> str:
        return f"{self.question} {self.assumed}."


@dataclass(frozen=True, slots=True, eq=False)
class Answers(Mapping[str, Value]):
    """An immutable mapping over all questions: `answers[key]` is what was said, or the default where nothing was.

    An answer to a question that is not asked any more (its `when` does not hold) is kept, but the default counts.
    """

    said: Mapping[str, Value] = field(default_factory=dict)
    open: frozenset[str] = frozenset()
    _counts: Mapping[str, Value] = field(init=False, repr=False)
    _asked: tuple[Question, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        counts = {key: question.default for key, question in questions().items()}
        counts |= {key: value for key, value in self.said.items() if key in counts}
        now = asked(counts)
        keys = {question.key for question in now}
        counts |= {key: question.default for key, question in questions().items() if key not in keys}
        object.__setattr__(self, "said", MappingProxyType(dict(self.said)))
        object.__setattr__(self, "_counts", MappingProxyType(counts))
        object.__setattr__(self, "_asked", now)

    def __getitem__(self, key: str) -> Value:
        return self._counts[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Answers) and (self.said, self.open) == (other.said, other.open)

    def __hash__(self) -> int:
        return hash((frozenset(self.said.items()), self.open))

    @property
    def asked(self) -> tuple[Question, ...]:
        """The questions that are asked, given these answers."""
        return self._asked

    def number(self, key: str) -> int:
        """Return the answer to a question of kind number that has a default."""
        value = self[key]
        if not isinstance(value, int):
            raise KeyError(f"{key} is not a number")
        return value

    def word(self, key: str) -> str:
        """Return the answer to a question of kind choice or text; "" where nothing is set."""
        value = self[key]
        return "" if value is None else str(value)

    def yes(self, key: str) -> bool:
        """Return the answer to a question of kind yes_no."""
        return self[key] is True

    def words(self, key: str) -> tuple[str, ...]:
        """Return the answer to a question of kind several or list."""
        value = self[key]
        return value if isinstance(value, tuple) else ()

    def stated(self, key: str) -> bool:
        """Tell whether the operator answered the question and it is asked."""
        return key in self.said and any(question.key == key for question in self._asked)

    def left_open(self, key: str) -> bool:
        """Tell whether the operator said "I don't know yet"."""
        return key in self.open

    def given(self, key: str, value: Value) -> "Answers":
        """Return these answers with one more; `value` as `read_answer` returns it."""
        return Answers({**self.said, _known(key): value}, self.open - {key})

    def left(self, key: str) -> "Answers":
        """Return these answers with one question left open: "I don't know yet"."""
        return Answers({one: value for one, value in self.said.items() if one != _known(key)}, self.open | {key})

    def overlaid(self, other: "Answers") -> "Answers":
        """Return these answers with all that `other` says, or leaves open, in their place."""
        said = {key: value for key, value in self.said.items() if key not in other.open}
        return Answers({**said, **other.said}, (self.open | other.open) - other.said.keys())

    def forgotten(self, key: str) -> "Answers":
        """Return these answers as if one question had never been looked at."""
        return Answers({one: value for one, value in self.said.items() if one != _known(key)}, self.open - {key})

    def assumptions(self) -> tuple[Assumption, ...]:
        """Return what is assumed: each question that is asked and was not answered.

        An optional one counts only when the operator said "I don't know yet": nothing set is its usual answer.
        """
        return tuple(
            _assumption(question)
            for question in self._asked
            if question.key not in self.said and (question.key in self.open or not question.optional)
        )


def parse_answers(text: str, name: str) -> Answers:
    """Take the text of an answers file and the name to call it by; return the answers.

    Raises BadSpec with everything that is wrong at once, each as `file:line: field: what; allowed`. A question without
    a value is left open; one that is not named has not been answered.
    """
    if all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        return Answers()
    document = read_document(text.encode("utf-8", "surrogatepass"), name=name)
    problems = list(document.problems)
    answers = Answers()
    if not isinstance(document.value, dict):
        problems.append(Problem((), "is not a list of answers", "one a line, as in pods: 300"))
    else:
        for key, value in document.value.items():
            answers = _taken(answers, key, value, document, problems)
            if len(problems) >= PROBLEM_LIMIT:
                break
    if problems:
        ordered = sorted(problems, key=lambda one: document.line_of(one.path))
        raise BadSpec([one.line(name, document.line_of(one.path)) for one in ordered], hint=HINT)
    return answers


def to_text(answers: Answers) -> str:
    """Return answers as the text of an answers file, in the order of asking; the same answers give the same text."""
    lines = [HEAD]
    for key in questions():
        if key in answers.said:
            lines.append(f"{key}: {_yaml(answers.said[key])}\n")
        elif key in answers.open:
            lines.append(f"{key}:  # not known yet\n")
    return "".join(lines)


def _taken(answers: Answers, key: str, value: object, document: Document, problems: list[Problem]) -> Answers:
    """Return the answers with one line of the file; what is wrong with it goes to `problems`."""
    question = questions().get(key)
    if question is None:
        problems.append(Problem((key,), "no question has this key", _nearest(key)))
        return answers
    if (key,) in document.doubtful:
        return answers
    if value is None:
        return answers.left(key)
    try:
        return answers.given(key, accept(question, value))
    except BadAnswer as error:
        problems.append(Problem((key,), error.what, error.allowed))
        return answers


def _nearest(key: str) -> str:
    near = nearest(key, questions())
    return near if near.startswith("did") else "a key such as pods, storage or dns_name"


def _yaml(value: Value) -> str:
    match value:
        case None:
            return "none"
        case tuple():
            return f"[{', '.join(scalar(one) for one in value)}]"
        case _:
            return scalar(value)


def _assumption(question: Question) -> Assumption:
    return Assumption(question.key, question.text, assumed(question), f"It moves {question.changes}.")


def _known(key: str) -> str:
    if key not in questions():
        raise KeyError(key)
    return key

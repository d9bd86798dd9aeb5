"""The questions that lead to a design: what is asked, when, and what counts as an answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from wizard.design.check import check, looks_secret
from wizard.errors import BadAnswer
from wizard.plain import plain
from wizard.profiles import profile
from wizard.spec.problem import nearest, quoted

Kind = Literal["choice", "several", "yes_no", "number", "text", "list"]
Value = str | int | bool | tuple[str, ...] | None
TEXT_LIMIT = 1000  # characters of one answer; a path or a list of networks takes less
LIST_LIMIT = 200
NOTHING = "none"  # what an optional question is answered with to set nothing
_YES = frozenset(("y", "yes", "true", "on"))
_NO = frozenset(("n", "no", "false", "off"))


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a question's answers: `value` is what files hold, `title` what the operator reads."""

    value: str
    title: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """What an earlier answer must be: one of `values`, or a number of at least `least`."""

    values: tuple[Value, ...] = ()
    least: int | None = None

    def holds(self, value: Value) -> bool:
        """Tell whether an answer fulfils it."""
        if self.least is not None:
            return isinstance(value, int) and value >= self.least
        return value in self.values


@dataclass(frozen=True, slots=True)
class Question:
    """One question; profiles/questions.yaml says what each part means."""

    key: str
    name: str
    section: str
    text: str
    why: str
    kind: Kind
    changes: str
    default: Value = None
    choices: tuple[Choice, ...] = ()
    when: tuple[tuple[str, Condition], ...] = ()
    unless: tuple[tuple[str, Condition], ...] = ()
    check: str = ""
    unit: str = ""
    sign: str = ""
    """The unit where there is no room for the word."""
    least: int = 0
    most: int = 0
    optional: bool = False
    if_open: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Questions that belong together."""

    key: str
    title: str
    questions: tuple[Question, ...]


@cache
def sections() -> tuple[Section, ...]:
    """Return the sections in the order of asking."""
    return tuple(_section(data) for data in profile("questions"))


@cache
def questions() -> Mapping[str, Question]:
    """Return all questions by key, in the order of asking."""
    return {question.key: question for section in sections() for question in section.questions}


def asked(answers: Mapping[str, Value]) -> tuple[Question, ...]:
    """Return the questions that these answers leave to ask, in order.

    One that depends on another is asked only when that other one is asked too; what is not asked rules out none.
    """
    keys: set[str] = set()

    def fulfilled(key: str, condition: Condition) -> bool:
        return key in keys and condition.holds(answers[key])

    for question in questions().values():
        if all(fulfilled(*one) for one in question.when) and not any(fulfilled(*one) for one in question.unless):
            keys.add(question.key)
    return tuple(question for key, question in questions().items() if key in keys)


def read_answer(question: Question, text: str) -> Value:
    """Take what the operator typed; return the answer it means.

    Raises BadAnswer with what is wrong and what is allowed.
    """
    text = text.strip()
    if len(text) > TEXT_LIMIT:
        raise BadAnswer(f"has {len(text)} characters", f"at most {TEXT_LIMIT}")
    if plain(text) != text:
        raise BadAnswer("holds control characters or escape codes", "plain text on one line")
    if question.kind not in ("several", "list") and question.optional and text.lower() in ("", NOTHING):
        return None
    if not text:
        raise BadAnswer("is empty", allowed(question))
    return _READERS[question.kind](question, text)


def accept(question: Question, value: object) -> Value:
    """Take an answer as a file holds it (text, number, switch, or a list); otherwise as `read_answer`."""
    if isinstance(value, bool):
        if question.kind != "yes_no":
            raise BadAnswer("is true or false", allowed(question))
        return value
    if isinstance(value, int | str):
        return read_answer(question, str(value))
    if isinstance(value, tuple | list) and question.kind in ("several", "list"):
        return _items(question, [str(one) for one in value])
    if isinstance(value, Mapping) and question.check == "secret_place" and len(value) == 1:
        ((kind, place),) = value.items()
        return read_answer(question, f"{kind}:{place}")
    raise BadAnswer("is not an answer to this question", allowed(question))


def shown(question: Question, value: Value) -> str:
    """Return an answer as the operator reads it: titles of choices, numbers with their unit."""
    titles = {choice.value: choice.title for choice in question.choices}
    match value:
        case None | ():
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value} {question.unit}".strip()
        case str():
            return titles.get(value, value)
        case _:
            return ", ".join(titles.get(one, one) for one in value)


def short(question: Question, value: Value) -> str:
    """Return an answer for where there is no room for `shown`: what files hold, numbers with a unit all the same."""
    sign = question.sign or question.unit if isinstance(value, int) and not isinstance(value, bool) else ""
    return f"{typed(value)} {sign}".strip()


def allowed(question: Question) -> str:
    """Say what may be answered to a question."""
    none = f", or {NOTHING}" if question.optional else ""
    match question.kind:
        case "yes_no":
            return "yes or no"
        case "number":
            unit = f" {question.unit}" if question.unit else ""
            return f"a whole number from {question.least} to {question.most}{unit}{none}"
        case "choice":
            return "one of " + ", ".join(choice.value for choice in question.choices)
        case "several":
            return "any of " + ", ".join(choice.value for choice in question.choices)
        case _:
            return f"such as {question.example}{none}"


def assumed(question: Question) -> str:
    """Say what counts while a question is open."""
    return question.if_open or shown(question, question.default)


def typed(value: Value) -> str:
    """Return an answer as it is typed: `read_answer` takes it."""
    match value:
        case None | ():
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(value)
        case _:
            return str(value)


def _yes_no(question: Question, text: str) -> Value:
    if text.lower() in _YES | _NO:
        return text.lower() in _YES
    raise BadAnswer(f"{quoted(text)} is neither yes nor no", allowed(question))


def _number(question: Question, text: str) -> Value:
    digits = text.removesuffix(question.unit).strip() if question.unit else text
    if not (digits.isascii() and digits.removeprefix("-").isdigit()):
        raise BadAnswer(f"{quoted(text)} is not a whole number", allowed(question))
    if len(digits) > 12 or not question.least <= int(digits) <= question.most:
        raise BadAnswer(f"{quoted(text)} is out of range", allowed(question))
    return int(digits)


def _choice(question: Question, text: str) -> str:
    for choice in question.choices:
        if text.lower() in (choice.value.lower(), choice.title.lower()):
            return choice.value
    raise BadAnswer(f"{quoted(text)} is no choice", nearest(text, [choice.value for choice in question.choices]))


def _text(question: Question, text: str) -> str:
    # A secret that was pasted by mistake is neither kept nor quoted.
    if question.check != "secret_place" and looks_secret(text):
        raise BadAnswer("looks like a secret", "answers are written to disk; leave keys and passwords out")
    return check(question.check, text)


def _split(question: Question, text: str) -> Value:
    return _items(question, text.replace(",", " ").split())


def _items(question: Question, texts: list[str]) -> tuple[str, ...]:
    if [text.lower() for text in texts] == [NOTHING]:
        texts = []
    if len(texts) < question.least or len(texts) > LIST_LIMIT:
        raise BadAnswer(f"holds {len(texts)} values", f"{question.least or 'none'} to {LIST_LIMIT}")
    for text in texts:
        if len(text) > TEXT_LIMIT or plain(text) != text:
            raise BadAnswer("holds what is no plain text", allowed(question))
    if question.kind == "several":
        picked = {_choice(question, text) for text in texts}
        return tuple(choice.value for choice in question.choices if choice.value in picked)
    return tuple(dict.fromkeys(_text(question, text) for text in texts))


_READERS: dict[str, Callable[[Question, str], Value]] = {
    "choice": _choice,
    "several": _split,
    "yes_no": _yes_no,
    "number": _number,
    "text": _text,
    "list": _split,
}


def _section(data: Mapping[str, Any]) -> Section:
    return Section(data["key"], data["title"], tuple(_question(data["key"], one) for one in data["questions"]))


def _question(section: str, data: Mapping[str, Any]) -> Question:
    fields = dict(data)
    fields["choices"] = tuple(Choice(**choice) for choice in data.get("choices", ()))
    for name in ("when", "unless"):
        fields[name] = tuple((key, _condition(one)) for key, one in data.get(name, {}).items())
    if data["kind"] in ("several", "list"):
        fields["default"] = tuple(data.get("default", ()))
    return Question(section=section, **fields)


def _condition(data: Any) -> Condition:
    return Condition(least=data["least"]) if isinstance(data, Mapping) else Condition(values=tuple(data))

"""One question after the other, each answer kept as it is given."""

from typing import Literal

from screens.plain.asker import Option, say, tell
from screens.plain.work import Work
from wizard.design.amount import count
from wizard.design.answers import Answers
from wizard.design.question import Question, Section, allowed, assumed, read_answer, sections, shown, typed
from wizard.errors import BadAnswer

OPEN, WHY, BACK = "-", "?", "<"
KEYS = f"As an answer, {OPEN} leaves it open, {WHY} says why it is asked, {BACK} goes back. Enter takes the default."
_EXTRA = (
    Option(OPEN, "I don't know yet", "what is assumed is listed in the end"),
    Option(WHY, "Why is this asked?"),
    Option(BACK, "Back"),
)
_SECTION = (
    Option("on", "Go through it"),
    Option("over", "Leave it as it is", "what is not answered is assumed, and listed in the end"),
    Option("back", "Back"),
)
Move = Literal["on", "over", "back"]
Stop = Section | Question


def ask_all(work: Work, key: str = "") -> bool:
    """Ask from the question `key` on, or from the first section; False when the operator went back before it."""
    stops = _stops(work.draft.answers)
    place = next((place for place, stop in enumerate(stops) if isinstance(stop, Question) and stop.key == key), 0)
    while 0 <= place < len(stops):
        stop = stops[place]
        move = _ask_section(work, stop) if isinstance(stop, Section) else ask_one(work, stop)
        # An answer opens and closes other questions.
        stops = _stops(work.draft.answers)
        place = _next(stops, stops.index(stop), move)
    return place >= 0


def ask_one(work: Work, question: Question) -> Move:
    """Ask one question until it is answered, left open, or gone back from."""
    work.move("questions", question.key)
    say("")
    while True:
        said = _pick(work, question) if question.kind in ("choice", "yes_no") else _line(work, question)
        if said == BACK:
            return "back"
        if said == WHY:
            tell(f"  {question.why}", f"  What the answer moves: {question.changes}.")
            continue
        if said == OPEN:
            tell(f"  assumed: {assumed(question)}")
            work.answer(work.draft.answers.left(question.key))
        else:
            work.answer(work.draft.answers.given(question.key, read_answer(question, said)))
        return "on"


def summary(answers: Answers, question: Question) -> str:
    """Return how a question stands, in few words."""
    if question.key in answers.said:
        return shown(question, answers.said[question.key])
    return f"open; assumed: {assumed(question)}"


def _stops(answers: Answers) -> list[Stop]:
    """Return the questions that are asked, each section before its own; one with none of them is left out."""
    stops: list[Stop] = []
    for section in sections():
        if here := [question for question in answers.asked if question.section == section.key]:
            stops += [section, *here]
    return stops


def _next(stops: list[Stop], place: int, move: Move) -> int:
    if move == "over":
        later = range(place + 1, len(stops))
        return next((other for other in later if isinstance(stops[other], Section)), len(stops))
    return place + (1 if move == "on" else -1)


def _ask_section(work: Work, section: Section) -> Move:
    number = sum(question.section == section.key for question in work.draft.answers.asked)
    say("")
    match work.asker.pick(f"{section.title} ({count(number, 'question')})", _SECTION, "on"):
        case "over":
            return "over"
        case "back":
            return "back"
        case _:
            return "on"


def _pick(work: Work, question: Question) -> str:
    options = [Option(choice.value, choice.title, choice.why) for choice in question.choices]
    if question.kind == "yes_no":
        options = [Option("yes", "Yes"), Option("no", "No")]
    return work.asker.pick(question.text, [*options, *_EXTRA], _current(work.draft.answers, question))


def _line(work: Work, question: Question) -> str:
    def judge(line: str) -> str:
        if line.strip() in (OPEN, WHY, BACK):
            return ""
        try:
            read_answer(question, line)
        except BadAnswer as error:
            return error.message
        return ""

    tell(*(f"  {choice.value}: {choice.title}: {choice.why}" for choice in question.choices), f"  {allowed(question)}")
    return work.asker.line(question.text, _current(work.draft.answers, question), judge).strip()


def _current(answers: Answers, question: Question) -> str:
    """Return what enter takes: what was said, else what would be assumed."""
    return OPEN if answers.left_open(question.key) else typed(answers.said.get(question.key, question.default))

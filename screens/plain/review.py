"""The last look: what will be written, what it would do, what was assumed; then write, start, or change something."""

from pathlib import Path

from screens.plain.asker import Option, say, tell
from screens.plain.question import ask_one, summary
from screens.plain.work import Work
from wizard.design.compose import chosen, compose, shortage
from wizard.design.draft import remove
from wizard.design.nodes.understand import understand
from wizard.design.question import questions
from wizard.design.successor import aged, succeeded
from wizard.design.writing import write_spec
from wizard.errors import BadSpec, WizardError
from wizard.review import review
from wizard.rollout.outline import plan_lines
from wizard.typed import typed_path

_LEAVE = Option("leave", "Leave", "what you said is kept; `new --plain` goes on with it")
_SUCCESSOR = (
    Option("helm", "Take its successor", "it has ended; RKE2 with the same answers, and Rancher by helm if it had one"),
    Option("manifests", "Take its successor, Rancher by manifests", "RKE2 installs it by itself: one a cluster"),
)
_CHANGE = (
    Option("answer", "Change an answer"),
    Option("design", "Take another design"),
    Option("nodes", "Change the nodes"),
)


def ask_review(work: Work, path: Path) -> tuple[str, Path]:
    """Show what the draft leads to until something is decided.

    Returns what comes next (`leave`, `design`, `nodes`, `written`, `start`) and the file that it is about.
    """
    while True:
        work.move("review")
        text = _text(work)
        successor = _SUCCESSOR if aged(work.draft) else ()
        options = [Option("file", "Write it to another file"), *successor, *_CHANGE, _LEAVE]
        if text is not None:
            _tell(text, path, work)
            ready = (
                Option("written", f"Write {path}"),
                Option("start", f"Write {path}, and go on to apply", "shows its plan, and asks once more"),
                Option("text", "Show the file"),
            )
            options = [*ready, *options]
        match work.asker.pick("Review", options, options[0].value):
            case "written" | "start" as said if text is not None:
                if _write(work, path, text):
                    return said, path
            case "text":
                say("", *(text or "").splitlines())
            case "file":
                path = typed_path(work.asker.line("File to write", str(path), _no_name))
            case "helm" | "manifests" as how:
                work.take(succeeded(work.draft, how))
            case "answer":
                _change_answer(work)
            case said:
                return said, path


def _text(work: Work) -> str | None:
    """Return the text of the spec, or say what stands in the way."""
    try:
        return compose(work.draft, understand(work.draft.nodes_text).entries, work.recommendation)
    except BadSpec as error:
        tell("", *(f"  ! {problem}" for problem in error.problems))
        return None


def _tell(text: str, path: Path, work: Work) -> None:
    seen = review(text, path)
    if seen.plan is not None and seen.survey is not None:
        say("", *plan_lines(seen.plan, seen.survey, files=False))
    if assumptions := work.draft.answers.assumptions():
        tell("", "Assumed, since these questions were left open:", *(f"  - {one}" for one in assumptions))
    roles = [node.role for node in seen.spec.nodes] if seen.spec else []
    missing = shortage(roles, chosen(work.draft, work.recommendation))
    tell(*(f"  ! {warning}" for warning in (*seen.problems, *missing, *seen.warnings)))
    for difference in seen.differences:
        if difference.lines:
            say("", f"What differs from {difference.against}:", *(f"  {line}" for line in difference.lines))
    say("", "Nothing on any node has been changed.")


def _write(work: Work, path: Path, text: str) -> bool:
    if path.exists() and path.read_bytes() != text.encode():
        options = (Option("yes", f"Replace {path}"), Option("no", "Leave it as it is"))
        if work.asker.pick(f"{path} is there and says something else", options, "no") != "yes":
            return False
    try:
        answers = write_spec(path, text, work.draft.answers)
    except WizardError as error:
        tell(f"  ! {error.message}", f"  -> {error.hint}")
        return False
    remove(work.draft.id)
    say("", f"{path}: the spec; {answers}: the answers behind it", f"next: rancher-wizard apply {path}")
    return True


def _change_answer(work: Work) -> None:
    answers = work.draft.answers
    options = [Option(question.key, question.name, summary(answers, question)) for question in answers.asked]
    key = work.asker.pick("Which answer?", [*options, Option("", "None of them")], "")
    if key:
        ask_one(work, questions()[key])


def _no_name(text: str) -> str:
    return "" if text.strip() else "is empty; the path of a file, such as cluster.yaml"

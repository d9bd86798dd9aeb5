"""The plain wizard from its first question to a written spec: the way of the screens, without a screen."""

import time
from pathlib import Path

from screens.plain.asker import Asker, Option, tell
from screens.plain.design import ask_design
from screens.plain.node import ask_nodes
from screens.plain.question import KEYS, ask_all
from screens.plain.review import ask_review
from screens.plain.terminal import choose_asker
from screens.plain.work import Work
from wizard.design.draft import Draft, drafts, load
from wizard.errors import WizardError
from wizard.times import duration

INTRO = "From questions to a cluster.yaml. Nothing on any node is changed. Each answer is kept as you give it."
KEPT = "Left. What you said is kept: `rancher-wizard new --plain` goes on with it."
_PAGES = ("questions", "design", "nodes", "review")


def ask(draft: Draft, path: Path, asker: Asker | None = None) -> Path | None:
    """Ask all there is to ask, and write the spec; return its path when the operator wants to go on to `apply`.

    Ctrl+C leaves: the draft is kept, and KeyboardInterrupt goes on to the caller.
    """
    asker = asker or choose_asker()
    try:
        tell(INTRO, KEYS)
        return _walk(Work(_begun(draft, asker), asker), path)
    except (KeyboardInterrupt, EOFError):
        tell("", KEPT)
        raise KeyboardInterrupt from None


def _begun(draft: Draft, asker: Asker) -> Draft:
    """Return the draft to work on: one that was left, where the operator wants it and brought nothing along."""
    kept = drafts()
    if not kept or draft != Draft(id=draft.id):
        return draft
    options = [Option("", "A new cluster")]
    now = time.time()
    options += [Option(one.id, f"Go on with {one.name}", f"left {duration(now - one.at)} ago") for one in kept]
    try:
        picked = asker.pick("Begin", options, kept[0].id)
        return load(picked) if picked else draft
    except WizardError as error:
        tell(f"  ! {error.message}")
        return draft


def _walk(work: Work, path: Path) -> Path | None:
    """Go from page to page, back and forth, until the operator leaves or the spec is written."""
    at = work.draft.place
    page = at.screen if at.screen in _PAGES else "questions"
    key = at.key
    while True:
        match page:
            case "design":
                page = "nodes" if ask_design(work) else "questions"
            case "nodes":
                page = "review" if ask_nodes(work) else "design"
            case "review":
                page, path = ask_review(work, path)
            case "start":
                return path
            case "leave":
                tell("", KEPT)
                return None
            case "written":
                return None
            case _:
                page = "design" if ask_all(work, key) else "leave"
                key = ""

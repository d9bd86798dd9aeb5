"""The design: what is recommended and why, and what else there is."""

from dataclasses import replace

from screens.plain.asker import Option, say, tell
from screens.plain.work import Work
from wizard.design.as_lines import brief, recommendation_lines
from wizard.design.recommend import Ranked


def ask_design(work: Work) -> bool:
    """Ask which design to take; False when the operator goes back."""
    work.move("design")
    while True:
        recommendation = work.recommendation
        best = recommendation.best
        tell("", *brief(recommendation))
        if best:
            tell(*(f"  + {reason}" for reason in best.reasons_for))
            tell(*(f"  - {reason}" for reason in best.reasons_against))
        options = [_option(one, best) for one in recommendation.ranked if best and not one.refused]
        options += [Option("all", "Show all of it", "diagram, arithmetic, what it survives"), Option("back", "Back")]
        said = work.asker.pick("Design", options, work.draft.design or options[0].value)
        match said:
            case "all":
                say("", *recommendation_lines(recommendation, work.draft.answers))
            case "back":
                return False
            case _:
                work.change(replace(work.draft, design=None if best and said == best.design.key else said))
                return True


def _option(one: Ranked, best: Ranked | None) -> Option:
    why = "recommended" if one is best else one.ranked_lower_because
    return Option(one.design.key, one.design.title, why)

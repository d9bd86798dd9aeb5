"""`design`: which cluster to build, from a file of answers, without building anything."""

import argparse
import json
from pathlib import Path
from typing import Any


def register(commands: Any) -> None:
    """Add this room's commands."""
    command = commands.add_parser("design", help="recommend a design from answers; asks and changes nothing")
    command.add_argument("--answers", type=Path, metavar="FILE", help="answers as `new` saves them; without: defaults")
    command.add_argument("--json", action="store_true", help="print the recommendation as JSON")
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Print the recommendation; exit code 3 when the answers allow none."""
    from wizard import exits
    from wizard.design.answers import Answers
    from wizard.design.as_lines import recommendation_lines
    from wizard.design.as_record import recommendation_record
    from wizard.design.recommend import recommend

    answers = read_answers(given.answers) if given.answers else Answers()
    recommendation = recommend(answers)
    if given.json:
        print(json.dumps(recommendation_record(recommendation, answers), indent=2, ensure_ascii=False))
    else:
        for line in recommendation_lines(recommendation, answers):
            print(line)
    return exits.DONE if recommendation.best else exits.REFUSED


def read_answers(path: Path) -> Any:
    """Take the path of an answers file; return the answers, or raise BadUsage or BadSpec."""
    from wizard.design.answers import parse_answers
    from wizard.errors import BadUsage
    from wizard.spec.positions import SIZE_LIMIT

    try:
        with path.open("rb") as file:
            text = file.read(SIZE_LIMIT + 1).decode("utf-8")
    except OSError as error:
        raise BadUsage(f"{path}: {error.strerror}", hint="Name a file of answers, as `new` saves it.") from error
    except UnicodeDecodeError as error:
        raise BadUsage(f"{path}: is not text in UTF-8", hint="Name a file of answers, as `new` saves it.") from error
    return parse_answers(text, str(path))

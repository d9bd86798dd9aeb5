"""A spec and the answers it came from, written beside each other."""

from pathlib import Path

from wizard.design.answers import Answers, to_text
from wizard.errors import WizardError
from wizard.files import write_private


def answers_path(spec: Path) -> Path:
    """Return where the answers behind a spec are kept: `prod.answers.yaml` beside `prod.yaml`."""
    return spec.with_name(f"{spec.stem}.answers.yaml")


def write_spec(path: Path, text: str, answers: Answers) -> Path:
    """Write a spec, and its answers beside it (for its owner only); return where the answers are.

    Each file is written as a whole or not at all. Raises WizardError where that is not possible.
    """
    beside = answers_path(path)
    try:
        write_private(path, text.encode(), mode=0o644)
        write_private(beside, to_text(answers).encode())
    except OSError as error:
        raise WizardError(
            f"{path}: {error.strerror}", hint="Name a file in a folder that exists and that you may write to."
        ) from error
    return beside

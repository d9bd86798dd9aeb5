"""What an operator types where a file is asked for."""

from pathlib import Path

from wizard.errors import WizardError
from wizard.spec.reference import located


def typed_path(text: str) -> Path:
    """Take what was typed as the path of a file; `~` is the home folder. Raises WizardError where that is nothing."""
    name = text.strip()
    if not name or "\0" in name:
        raise WizardError("no file is named", hint="Type its path, such as ~/cluster.yaml.")
    return located(Path(name), Path())

"""The result of checks, kept beside the rollout that began after them."""

import contextlib
import json
from pathlib import Path

from wizard.checks.known import CHECKS
from wizard.checks.matrix import Matrix
from wizard.errors import WizardError
from wizard.files import write_private

KEPT = "checks.json"


def keep(matrix: Matrix, folder: Path) -> None:
    """Write the result into the folder of a rollout (0600)."""
    write_private(folder / KEPT, json.dumps(matrix.record()).encode())


def kept(folder: Path) -> Matrix | None:
    """Return the result that was kept with a rollout; None when there is none, or none that can be read."""
    with contextlib.suppress(OSError, ValueError, WizardError):
        return Matrix.of(json.loads((folder / KEPT).read_text()), CHECKS)
    return None

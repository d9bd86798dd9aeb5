"""The result of checks, kept beside the rollout that began after them; and what was waived, with the cluster."""

import contextlib
import json
from dataclasses import asdict
from pathlib import Path

from wizard.checks.cluster.known import GATE_CHECKS
from wizard.checks.known import CHECKS
from wizard.checks.matrix import Matrix, Waiver
from wizard.checks.report import junit, markdown
from wizard.errors import WizardError
from wizard.files import write_private
from wizard.page import page

KEPT = "checks.json"
WAIVERS = "waivers.json"


def keep(matrix: Matrix, folder: Path) -> None:
    """Write the result into the folder of a rollout (0600)."""
    write_private(folder / KEPT, json.dumps(matrix.record()).encode())


def kept(folder: Path) -> Matrix | None:
    """Return the result that was kept with a rollout; None when there is none, or none that can be read."""
    with contextlib.suppress(OSError, ValueError, WizardError):
        return Matrix.of(json.loads((folder / KEPT).read_text()), (*CHECKS, *GATE_CHECKS))
    return None


def keep_waivers(matrix: Matrix, folder: Path) -> None:
    """Keep what was waived with the cluster's state (0600); what was forced holds for one command alone.

    Raises WizardError when that is not possible.
    """
    records = [asdict(each) for each in matrix.waivers if not each.forced]
    _write(folder / WAIVERS, json.dumps(records, indent=2).encode())


def kept_waivers(folder: Path) -> tuple[Waiver, ...]:
    """Return what was waived on a cluster; nothing where that was never done, or can't be read."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        records = json.loads((folder / WAIVERS).read_text())
        return tuple(Waiver(str(each["check"]), str(each["node"]), str(each["reason"])) for each in records)
    return ()


def write_report(matrix: Matrix, path: Path) -> None:
    """Write the result as Markdown, as HTML where `path` ends in .html, for its owner only.

    Raises WizardError when that is not possible.
    """
    told = "\n".join(("# Checks", "", *markdown(matrix)))
    _write(path, (page(told) if path.suffix == ".html" else told).encode(errors="replace"))


def write_junit(matrix: Matrix, path: Path) -> None:
    """Write the result as JUnit XML, for its owner only. Raises WizardError when that is not possible."""
    _write(path, junit(matrix))


def _write(path: Path, data: bytes) -> None:
    try:
        write_private(path, data)
    except OSError as error:
        raise WizardError(f"{path} can't be written: {error.strerror}", hint="Name another file.") from error

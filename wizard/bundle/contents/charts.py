"""Which images the charts in a bundle come to name, rendered as this site will have them."""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wizard.bundle.carried import helm_in
from wizard.bundle.contents.artifact import Artifact
from wizard.bundle.contents.rendered import images_named, render
from wizard.bundle.contents.wish import Wish
from wizard.bundle.format.bundle import Bundle
from wizard.errors import WizardError

Values = Mapping[str, Mapping[str, Any]]
"""Values of charts by the part of the site that they are for, such as `rancher`."""
_NO_HELM = "no helm renders it: there is none in the bundle for this machine, nor in PATH"


def of_charts(
    bundle: Bundle, charts: Sequence[Artifact], wish: Wish, values: Values, helm: Path | None
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return each image that the charts name with the chart that does, and the charts that nobody could render."""
    images: dict[str, str] = {}
    unproven: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = helm or (helm_in(bundle, folder) or _in_path() if charts else None)
        for chart in charts:
            try:
                rendered = _rendered(bundle, chart, program, folder, wish, values.get(chart.part, {}))
            except WizardError as error:
                unproven.append(f"{chart.file_name}: {error.message}")
            else:
                images |= dict.fromkeys(images_named(rendered), chart.file_name)
    return images, tuple(unproven)


def _rendered(
    bundle: Bundle, chart: Artifact, helm: Path | None, folder: Path, wish: Wish, values: Mapping[str, Any]
) -> str:
    if helm is None:
        raise WizardError(_NO_HELM, hint="Name one by --helm.")
    entry = bundle.manifest.find("chart", chart.name)
    if entry is None:
        raise WizardError("it is not in the bundle")
    path = folder / entry.file_name
    with bundle.open_entry(entry) as blob, path.open("wb") as file:
        shutil.copyfileobj(blob, file)
    return render(helm, path, name=chart.part, kubernetes=wish.kubernetes, values=values)


def _in_path() -> Path | None:
    found = shutil.which("helm")
    return Path(found) if found else None

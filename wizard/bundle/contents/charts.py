"""Which images the charts in a bundle come to name, rendered as this site will have them."""

import io
import platform
import shutil
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wizard.bundle.contents.artifact import ARCHES, Artifact
from wizard.bundle.contents.rendered import images_named, render
from wizard.bundle.contents.wish import Wish
from wizard.bundle.format.bundle import Bundle
from wizard.bundle.format.verify import prove
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
        program = helm or (_carried(bundle, folder) or _in_path() if charts else None)
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


def _carried(bundle: Bundle, folder: Path) -> Path | None:
    """Take the bundle's own helm for this machine out of its archive, once that is proven: it is going to be run."""
    arch = ARCHES.get(platform.machine(), "")
    for entry in bundle.manifest.entries:
        if entry.name.startswith("helm/") and entry.arch == arch:
            prove(bundle, entry.sha256)
            with bundle.open_entry(entry) as blob, tarfile.open(fileobj=blob, mode="r:gz") as tar:
                program = folder / "helm"
                with program.open("wb") as file:
                    shutil.copyfileobj(tar.extractfile(f"linux-{arch}/helm") or io.BytesIO(), file)
                program.chmod(0o700)
                return program
    return None


def _in_path() -> Path | None:
    found = shutil.which("helm")
    return Path(found) if found else None

"""Charts as the stand-ins of helm and of RKE2's helm controller read them: templates hold plain values alone.

`{{ .Values.a.b }}`, `{{ .Release.Name }}`, `{{ .Release.Namespace }}`, `{{ .Chart.Version }}` and
`{{ .Chart.AppVersion }}` are what a chart of the lab may hold; the real helm reads the same archive.
"""

import io
import re
import tarfile
from dataclasses import dataclass
from typing import Any

import yaml

FIELD = re.compile(r"\{\{\s*\.(Values|Release|Chart)\.([\w.]+)\s*\}\}")


@dataclass(frozen=True)
class Chart:
    """A chart: its metadata, its own values, definitions that are applied first, and its templates."""

    about: dict[str, Any]
    values: dict[str, Any]
    definitions: tuple[str, ...]
    templates: tuple[str, ...]

    @property
    def version(self) -> str:
        return str(self.about["version"])

    def objects(self, release: str, namespace: str, values: dict[str, Any]) -> list[dict[str, Any]]:
        """Return what it makes of a release, definitions first. Raises ValueError for a template out of this subset."""
        whole = merged(self.values, values)
        known = {
            "Values": whole,
            "Release": {"Name": release, "Namespace": namespace},
            "Chart": {"Version": self.version, "AppVersion": str(self.about.get("appVersion", ""))},
        }
        made = [_filled(text, known) for text in self.templates]
        return [each for text in (*self.definitions, *made) for each in yaml.safe_load_all(text) if each]


def read(archive: bytes) -> Chart:
    """Return the chart in a .tgz. Raises ValueError or tarfile.TarError for what is none."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        texts = {m.name.partition("/")[2]: _text(tar, m) for m in tar.getmembers() if m.isfile()}
    if "Chart.yaml" not in texts:
        raise ValueError("Chart.yaml file is missing")
    ordered = sorted(texts.items())
    return Chart(
        yaml.safe_load(texts["Chart.yaml"]),
        yaml.safe_load(texts.get("values.yaml", "")) or {},
        tuple(text for name, text in ordered if name.startswith("crds/")),
        tuple(text for name, text in ordered if name.startswith("templates/") and name.endswith(".yaml")),
    )


def merged(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """Return values laid over values."""
    whole = dict(ours)
    for key, value in theirs.items():
        mine = whole.get(key)
        whole[key] = merged(mine, value) if isinstance(mine, dict) and isinstance(value, dict) else value
    return whole


def _filled(text: str, known: dict[str, Any]) -> str:
    def value(match: re.Match[str]) -> str:
        found: Any = known[match[1]]
        for step in match[2].split("."):
            found = found.get(step) if isinstance(found, dict) else None
        return "" if found is None else str(found).lower() if isinstance(found, bool) else str(found)

    filled = FIELD.sub(value, text)
    if "{{" in filled:
        raise ValueError(f"a template of this chart is more than plain values: {filled[filled.index('{{') :][:60]}")
    return filled


def _text(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    file = tar.extractfile(member)
    return file.read().decode() if file else ""

"""A real helm, where there is one, takes the values with charts whose schemas say what the real charts know."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.rancher.chart_schema import OF_CERT_MANAGER, OF_RANCHER
from tests.unit.rancher.test_values import WAYS
from wizard.rancher.release import releases

HELM = os.environ.get("RANCHER_WIZARD_LAB_HELM") or shutil.which("helm")
TYPES = {str: "string", bool: "boolean"}
pytestmark = pytest.mark.skipif(not HELM, reason="no helm in PATH, and none in RANCHER_WIZARD_LAB_HELM")


def json_schema(table: Any) -> dict[str, Any]:
    """Return a table of fields as JSON schema."""
    match table:
        case (int(lowest), int(highest)):
            return {"type": "integer", "minimum": lowest, "maximum": highest}
        case frozenset():
            return {"enum": sorted(table)}
        case dict() if str in table:
            return {"type": "object", "additionalProperties": json_schema(table[str])}
        case dict():
            fields = {name.rstrip("*"): json_schema(field) for name, field in table.items()}
            must = [name.rstrip("*") for name in table if name.endswith("*")]
            return {"type": "object", "properties": fields, "required": must, "additionalProperties": False}
    return {"type": TYPES[table]}


def rendered(folder: Path, name: str, values: Any) -> subprocess.CompletedProcess[str]:
    """Have helm render a chart that shows its values, and takes those of its schema alone."""
    chart = folder / name
    (chart / "templates").mkdir(parents=True)
    about = {"apiVersion": "v2", "name": name, "version": "1.0.0"}
    (chart / "Chart.yaml").write_text(yaml.safe_dump(about))
    table = OF_RANCHER if name == "rancher" else OF_CERT_MANAGER
    (chart / "values.schema.json").write_text(json.dumps(json_schema(table)))
    (chart / "templates" / "all.yaml").write_text("values: {{ .Values | toJson }}\n")
    (folder / f"{name}.yaml").write_text(values if isinstance(values, str) else yaml.safe_dump(values))
    words = (str(HELM), "template", name, str(chart), "--values", str(folder / f"{name}.yaml"))
    home = {f"HELM_{kind}_HOME": str(folder / kind) for kind in ("CACHE", "CONFIG", "DATA")}
    return subprocess.run(words, capture_output=True, text=True, env={**home, "HOME": str(folder)})


@pytest.mark.parametrize("way", WAYS)
def test_helm_takes_the_values_and_hands_them_on_as_they_are(make_site: Any, tmp_path: Path, way: str) -> None:
    for release in releases(make_site("".join(WAYS[way])).spec):
        ran = rendered(tmp_path, release.name, release.values_yaml())
        assert ran.returncode == 0, ran.stderr
        shown = {key: value for key, value in yaml.safe_load(ran.stdout)["values"].items() if key != "global"}
        assert shown == dict(release.values)


@pytest.mark.parametrize("values", [{}, {"hostname": "a.example.com", "privateCa": True}, {"hostname": 7}])
def test_helm_refuses_what_the_schema_does_not_know(tmp_path: Path, values: dict[str, Any]) -> None:
    ran = rendered(tmp_path, "rancher", values)
    assert ran.returncode != 0
    assert "values don't meet the specifications of the schema" in ran.stderr

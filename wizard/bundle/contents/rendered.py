"""Which images charts and manifests name, once rendered."""

import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from wizard.bundle.contents.artifact import whole_reference
from wizard.errors import WizardError
from wizard.loader import LOADER
from wizard.plain import plain

RENDER_S = 120.0
# Images that a program starts later are handed to it: --acme-http01-solver-image=quay.io/…, or an environment's value.
_ARGUMENT = re.compile(r"--?[a-z0-9-]*image=(\S+)")
_REFERENCE = re.compile(
    r"(?:[A-Za-z0-9.-]+(?::[0-9]+)?/)?[a-z0-9._/-]+(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)


def images_named(manifests: str) -> frozenset[str]:
    """Return the whole references of all images that Kubernetes manifests (YAML) name. Raises WizardError."""
    try:
        documents = list(yaml.load_all(manifests, Loader=LOADER))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        what = f"what it renders to is not YAML: {str(error)[:120]}"
        raise WizardError(what, hint="See the chart's values.") from None
    return frozenset(_by_tag(name) for document in documents for name in _images(document, ""))


def render(helm: Path, chart: Path, *, name: str, kubernetes: str, values: Mapping[str, Any]) -> str:
    """Return the manifests that helm makes of a chart with these values, for a version of Kubernetes.

    Nothing is asked of any cluster or repository. Raises WizardError with what helm said.
    """
    with tempfile.TemporaryDirectory() as home:
        given = Path(home) / "values.yaml"
        given.write_text(yaml.safe_dump(dict(values)))
        command = [str(helm), "template", name, str(chart), "--namespace", name, "--kube-version", kubernetes]
        command += ["--include-crds", "--values", str(given)]
        environment = {"HOME": home, "PATH": "/usr/bin:/bin", "KUBECONFIG": "/dev/null"}
        try:
            done = subprocess.run(  # noqa: S603 - no shell
                command, env=environment, capture_output=True, timeout=RENDER_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise WizardError(f"{helm}: {error}", hint="Name a helm that can be run here by --helm.") from None
    if done.returncode != 0:
        said = plain(done.stderr.decode(errors="replace").strip().rpartition("\n")[2])
        raise WizardError(f"{chart.name} can't be rendered: {said}", hint="See the chart's values in the spec.")
    return done.stdout.decode(errors="replace")


def _images(value: Any, key: str) -> Iterator[str]:
    """Walk what stands at a key: `image:` and its kin, arguments that hand one on, values of IMAGE variables."""
    if isinstance(value, dict):
        variable = str(value.get("name", "")).upper().endswith("IMAGE")
        for inner, each in value.items():
            yield from _images(each, "handed on as image" if variable and inner == "value" else str(inner))
    elif isinstance(value, list):
        for each in value:
            yield from _images(each, key)
    elif isinstance(value, str):
        named = value if key.lower().endswith("image") else (_ARGUMENT.fullmatch(value) or ("", ""))[1]
        # A container's image may do without a tag; elsewhere such a word is rather a part of a name.
        if _REFERENCE.fullmatch(named) and (key == "image" or ":" in named.rpartition("/")[2]):
            yield named


def _by_tag(reference: str) -> str:
    """Return an image as a bundle names it: by its tag, also where its digest is given too."""
    tagged, _, digest = reference.partition("@")
    return whole_reference(tagged if digest and ":" in tagged.rpartition("/")[2] else reference)

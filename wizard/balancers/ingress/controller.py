"""Which ingress controller runs, and the one object that its chart is configured by."""

from typing import Any

from wizard.balancers.manifest import FOLDER, OURS, SYSTEM, Nested, as_text
from wizard.profiles import profile
from wizard.spec.models import Spec
from wizard.spec.rancher_line import line_of

INGRESS = f"{FOLDER}/rancher-wizard-ingress.yaml"
"""A chart has one HelmChartConfig: all that the site needs of it stands in this file, whoever asks for it."""


def ingress_name(spec: Spec) -> str:
    """Return the ingress controller that runs: as the spec says, else its release's own choice."""
    default = tuple(int(part) for part in str(profile("metallb")["traefik_default"]).split("."))
    return spec.ingress or ("traefik" if line_of(spec.version) >= default else "ingress-nginx")


def ingress_service(spec: Spec) -> str:
    """Return the name of the Service that the ingress controller is reached by, in `ingress_namespace`."""
    if spec.engine == "rke1":
        return str(profile("metallb")["rke1_ingress"]["service"])
    return str(profile("metallb")["ingress"][ingress_name(spec)]["service"])


def ingress_namespace(spec: Spec) -> str:
    """Return where that Service is."""
    return str(profile("metallb")["rke1_ingress"]["namespace"]) if spec.engine == "rke1" else SYSTEM


def ingress_chart(spec: Spec) -> str:
    """Return the name of RKE2's chart of the ingress controller."""
    return str(profile("metallb")["ingress"][ingress_name(spec)]["chart"])


def ingress_charts() -> tuple[str, ...]:
    """Return the names of RKE2's charts of all ingress controllers, for what a former choice has left."""
    return tuple(str(each["chart"]) for each in profile("metallb")["ingress"].values())


def chart_config(spec: Spec, values: dict[str, Any]) -> dict[str, Any]:
    """Return the HelmChartConfig that lays `values` over those of RKE2's chart."""
    meta = {"name": ingress_chart(spec), "namespace": SYSTEM, "labels": OURS}
    content = {"valuesContent": Nested(as_text(values))}
    return {"apiVersion": "helm.cattle.io/v1", "kind": "HelmChartConfig", "metadata": meta, "spec": content}

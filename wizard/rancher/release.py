"""What is to run in the cluster: each chart with its version, place and values."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from wizard.profiles import profile
from wizard.rancher.values import cert_manager_values, rancher_values
from wizard.spec.models import Spec
from wizard.spec.rancher import CHANNELS, Rancher
from wizard.spec.rancher_line import line_of, newest_cert_manager

CERT_MANAGER, RANCHER = "cert-manager", "rancher"
NAMESPACES = {CERT_MANAGER: "cert-manager", RANCHER: "cattle-system"}


@dataclass(frozen=True, slots=True)
class Release:
    """A chart as it is to stand in the cluster, under its own name."""

    name: str
    version: str
    values: Mapping[str, Any]
    repository: str
    """URL of the repository; "" where the chart lies in a folder, or in the bundle that the site comes from."""
    deployments: tuple[str, ...]
    """What must be ready before it is said to run."""

    @property
    def namespace(self) -> str:
        """Where it stands."""
        return NAMESPACES[self.name]

    @property
    def archive(self) -> str:
        """The file name of its chart."""
        return f"{self.name}-{self.version}.tgz"

    @property
    def entry(self) -> str:
        """The name of its chart in a bundle."""
        return f"charts/{self.archive}"

    @property
    def digest(self) -> str:
        """A short name for just this version with just these values."""
        text = json.dumps([self.version, self.values], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def values_yaml(self) -> str:
        """Return the values file."""
        return yaml.safe_dump(dict(self.values), sort_keys=True, allow_unicode=True, width=1000)

    def chart_in(self, folder: Path | None) -> tuple[str, ...]:
        """Return how helm is told where the chart is: in a folder, in a repository, or at a registry."""
        if folder:
            return (str(folder / self.archive),)
        if self.repository.startswith("oci://"):
            return (f"{self.repository}/{self.name}", "--version", self.version)
        return (self.name, "--repo", self.repository, "--version", self.version)


def releases(spec: Spec) -> tuple[Release, ...]:
    """Return what is to run, in the order in which it must come up; nothing where no Rancher is asked for."""
    rancher = spec.rancher
    if rancher is None:
        return ()
    first = (_cert_manager(spec, rancher),) if rancher.wants_cert_manager else ()
    repository = "" if _at_hand(spec, rancher) else _url(rancher.repository)
    values = rancher_values(spec, rancher)
    return (*first, Release(RANCHER, rancher.version, values, repository, ("rancher", "rancher-webhook")))


def _cert_manager(spec: Spec, rancher: Rancher) -> Release:
    version = rancher.cert_manager or newest_cert_manager(line_of(spec.version)) or ""
    repository = "" if _at_hand(spec, rancher) else profile("rancher")["repositories"]["cert_manager"]
    names = ("cert-manager", "cert-manager-webhook", "cert-manager-cainjector")
    return Release(CERT_MANAGER, version, cert_manager_values(spec, version), repository, names)


def _at_hand(spec: Spec, rancher: Rancher) -> bool:
    return bool(rancher.charts) or spec.source.kind == "bundle"


def _url(repository: str) -> str:
    return str(profile("rancher")["repositories"][repository]) if repository in CHANNELS else repository.rstrip("/")

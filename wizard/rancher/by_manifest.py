"""Charts as files on the servers, which RKE2's own helm controller installs. No helm is needed here.

Source: RKE2 documentation, "Helm integration"; HelmChart of k3s-io/helm-controller.
"""

import base64
from dataclasses import dataclass

import yaml

from wizard.bundle.carried import content_of
from wizard.errors import HostError, WizardError
from wizard.hosts.upload import write_file
from wizard.kube.door import Door
from wizard.rancher.release import Release
from wizard.rancher.state import State
from wizard.rollout.step import File, Work
from wizard.site import Site, sha256
from wizard.spec.rancher import Rancher

FOLDER = "/var/lib/rancher/rke2/server/manifests"
CHART_LIMIT = 700 * 1024
"""Bytes; a chart travels inside an object of etcd, which holds 1.5 MiB, in base64."""


@dataclass(frozen=True, slots=True)
class ByManifest:
    """Delivers by HelmChart objects; every server has the same, as RKE2 copies none of them."""

    site: Site
    rancher: Rancher

    def files(self, release: Release) -> tuple[File, ...]:
        """Return the file of a release as it will lie on each server; a chart inside of it is not shown."""
        packed = self._packed(release)
        text = _text(release, packed)
        shown = _text(release, f"({release.archive}, base64)" if packed is not None else None)
        return (File(path_of(release), shown, mode=0o600, sha256=sha256(text)),)

    async def deliver(self, work: Work, door: Door, release: Release, state: State) -> int:
        """Write the file of a release on each server and return the revision that RKE2 will make of it.

        A server that is down gets it with the next apply.
        """
        there, news = state.revisions.get(release.name), False
        text = _text(release, self._packed(release))
        for node in self.site.spec.servers:
            try:
                changed = await write_file(work.at(node.name), path_of(release), text.encode(), mode=0o600)
            except HostError as error:
                if node.name == door.name:
                    raise
                work.said(f"{error.message}; it is given the file later")
                continue
            news = news or changed
            work.said(f"{node.name}: {path_of(release)} {'written' if changed else 'is there'}")
        return there.number + news if there else 1

    def _packed(self, release: Release) -> str | None:
        """Return the chart's archive as base64; None where RKE2 fetches it.

        Raises WizardError where it can't be read or is too large.
        """
        data = self._content(release)
        if data is None:
            return None
        if len(data) > CHART_LIMIT:
            what = f"{release.archive} has {len(data) // 1024} KiB, more than fits into an object"
            raise WizardError(what, hint="Use rancher.how: helm.")
        return base64.b64encode(data).decode()

    def _content(self, release: Release) -> bytes | None:
        if not self.rancher.charts:
            return content_of(self.site.spec.source, self.site.base, "chart", release.entry)
        archive = self.site.resolve(self.rancher.charts) / release.archive
        try:
            return archive.read_bytes()
        except OSError as error:
            hint = "Put the chart there: helm pull names its file so."
            raise WizardError(f"{archive}: {error.strerror}", hint=hint) from error


def path_of(release: Release) -> str:
    """Return where the file of a release lies on each server."""
    return f"{FOLDER}/rancher-wizard-{release.name}.yaml"


def _text(release: Release, packed: str | None) -> str:
    chart: dict[str, object] = {"chartContent": packed} if packed is not None else _from_repository(release)
    document = {
        "apiVersion": "helm.cattle.io/v1",
        "kind": "HelmChart",
        "metadata": {"name": release.name, "namespace": "kube-system"},
        "spec": {
            **chart,
            "targetNamespace": release.namespace,
            "createNamespace": True,
            # The usual answer to a failure is to uninstall first: no Rancher of anybody shall go that way.
            "failurePolicy": "abort",
            "valuesContent": release.values_yaml(),
        },
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000)


def _from_repository(release: Release) -> dict[str, object]:
    if release.repository.startswith("oci://"):
        return {"chart": f"{release.repository}/{release.name}", "version": release.version}
    return {"chart": release.name, "repo": release.repository, "version": release.version}

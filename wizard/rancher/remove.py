"""Rancher taken away again by the way that brought it: its chart, what the wizard put beside it, and on request
cert-manager.

Rancher's chart clears up what Rancher installed by itself (source: chart/scripts/post-delete-hook.sh of
rancher/rancher). Its own records, custom resources of *.cattle.io, stay in etcd.
"""

from collections.abc import Callable

from wizard.errors import WizardError
from wizard.hosts.host import Host
from wizard.kube import stamps
from wizard.kube.door import Door, ready_door
from wizard.kube.undeploy import SYSTEM, Tell, gone, take_addons, take_files, take_object
from wizard.rancher import secrets
from wizard.rancher.access import access
from wizard.rancher.by_helm import GRACE_S, HOOKS_S
from wizard.rancher.by_manifest import path_of
from wizard.rancher.failure import failure
from wizard.rancher.helm import Helm
from wizard.rancher.notes import NAMESPACE
from wizard.rancher.release import RANCHER, Release, releases
from wizard.rancher.state import look
from wizard.rancher.ways import STUCK
from wizard.site import Site
from wizard.spec.rancher import Rancher

GONE_S = 900.0
HOOKS = ("mutatingwebhookconfiguration", "validatingwebhookconfiguration")
STAYS = (
    "What Rancher kept of itself (clusters, users, settings: custom resources of *.cattle.io) is still in the cluster, "
    "for a Rancher that is installed again. rancher-cleanup of github.com/rancher/rancher-cleanup takes that away, too."
)


async def remove(site: Site, hosts: Callable[[str], Host], tell: Tell, *, cert_manager: bool = False) -> None:
    """Take Rancher out of the cluster of `site`, and `cert_manager` too; may be repeated.

    Raises HostError where a server can't be asked, before anything of the cluster is touched where RKE2 deploys the
    charts, and WizardError for what does not go.
    """
    rancher = site.spec.rancher
    if rancher is None:
        raise WizardError("the spec asks for no Rancher", hint="Say `rancher:` there as it was installed.")
    door = await ready_door(site, hosts)
    for release in reversed(releases(site.spec)):
        if release.name == RANCHER or cert_manager:
            await _uninstall(site, rancher, hosts, door, release, tell)
    kube = door.kube
    for kind in HOOKS:
        # Left behind, they would refuse every new namespace.
        await take_object(kube, kind, "rancher.cattle.io", tell)
    for kind, name in (("configmap", stamps.NAME), *(("secret", each) for each in secrets.OWN)):
        await take_object(kube, kind, name, tell, namespace=NAMESPACE)
    if ending := (await look(door)).ending:
        tell(f"still being deleted: {', '.join(ending)}. {STUCK}")
    tell(STAYS)


async def _uninstall(
    site: Site, rancher: Rancher, hosts: Callable[[str], Host], door: Door, release: Release, tell: Tell
) -> None:
    kube = door.kube
    if rancher.how == "manifests":
        await take_files(site.spec, hosts, [path_of(release)], tell)
        await take_object(kube, "helmchart", release.name, tell, namespace=SYSTEM)
    elif release.name in (await look(door)).revisions:
        await _by_helm(site, door, release, tell)

    async def there() -> bool:
        return release.name in (await look(door)).revisions

    hint = f"On a server: kubectl -n {release.namespace} get pods; see also job/helm-delete-{release.name} in {SYSTEM}."
    await gone(release.name, there, tell, timeout_s=GONE_S, hint=hint)
    if rancher.how == "manifests":
        await take_addons(kube, [path_of(release)], tell)


async def _by_helm(site: Site, door: Door, release: Release, tell: Tell) -> None:
    words = ("uninstall", release.name, "--namespace", release.namespace, "--timeout", f"{HOOKS_S}s")
    tell(f"helm {' '.join(words)}")
    async with access(door, site.state) as folder:
        helm = await Helm.find(site, folder)
        given = (*words, "--kubeconfig", str(folder / "kubeconfig"))
        ended = await helm.run(given, timeout_s=HOOKS_S + GRACE_S, on_line=tell)
    if ended.status != 0:
        raise failure(door.name, f"helm could not uninstall {release.name}", ended.lines)

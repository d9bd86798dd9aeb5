"""kube-vip taken away again, where no node finds the cluster by its address any more."""

from collections.abc import Callable

from wizard.balancers.kube_vip.manifest import NAME, NAMESPACE, PATH
from wizard.errors import Refused
from wizard.hosts.host import Host
from wizard.kube.door import ready_door
from wizard.kube.undeploy import Tell, take_addons, take_files, take_object
from wizard.site import Site

_OBJECTS = (
    ("daemonset", NAME, NAMESPACE),
    ("clusterrolebinding", f"system:{NAME}", ""),
    ("clusterrole", f"system:{NAME}", ""),
    ("serviceaccount", NAME, NAMESPACE),
    ("lease", f"plndr-cp-lock-{NAME}", NAMESPACE),
)


async def remove(site: Site, hosts: Callable[[str], Host], tell: Tell) -> None:
    """Take kube-vip's file from every server and its objects out of the cluster; may be repeated.

    Raises Refused as long as nodes join by the address, HostError where a server can't be asked.
    """
    spec = site.spec
    vip = spec.balancer.vip if spec.balancer else None
    if vip and spec.registration_address == vip:
        raise Refused(
            f"nodes find the cluster by {vip}, which kube-vip carries: one that restarts would not find it again",
            hint="Set registration.address to another way to the servers and apply that first; then remove.",
        )
    kube = (await ready_door(site, hosts)).kube
    await take_files(spec, hosts, [PATH], tell)
    for kind, name, namespace in _OBJECTS:
        await take_object(kube, kind, name, tell, namespace=namespace)
    await take_addons(kube, [PATH], tell)

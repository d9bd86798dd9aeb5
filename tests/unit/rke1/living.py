"""A site whose RKE1 cluster is up, as its nodes and this machine tell."""

from collections.abc import Iterable, Mapping

from tests.unit.rke1 import states
from tests.unit.rke1.designs import MEDIUM
from wizard.distros.rke1 import ward
from wizard.distros.rke1.claim import Claim
from wizard.distros.rke1.state import MARK
from wizard.hosts.facts import read_facts
from wizard.site import Site, sha256

SPEC = MEDIUM + "prepare: {modules: false, sysctl: false, networkmanager: false}\n"
CONTROL = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")


def look(
    site: Site,
    *,
    without: Iterable[str] = (),
    ca: str = "ours",
    version: str = "v1.30.14",
    more: Mapping[str, Iterable[str]] | None = None,
) -> None:
    """Let every node answer as one of a cluster that is up, but those of `without`, which run nothing.

    `more` are further lines of the probe by node.
    """
    nodes = [f"x.rke1.node={node.name} True {version} " for node in site.spec.nodes]
    mark = Claim(site).files("")[0]
    for node in site.spec.nodes:
        names = (*(CONTROL if "etcd" in node.planes else ()), "kubelet", "kube-proxy")
        runs = [] if node.name in without else [f"x.rke1.container={name} image Up 3 hours" for name in names]
        own = nodes if "controlplane" in node.planes and node.name not in without else []
        lines = ["x.rke1.docker=27.5.1", f"x.rke1.ca={ca_of(ca)}", *runs, *own, *(more or {}).get(node.name, ())]
        lines.append(f"file={mark.sha256} 644 root:root 1 {MARK}")
        site.survey.learn(node.name, read_facts(lines))


def ca_of(name: str) -> str:
    """Return how the CA of a made-up cluster is known."""
    return sha256("".join(line for line in states.certificate(name).splitlines() if "-----" not in line))


def up(site: Site, **more: Mapping[str, Iterable[str]]) -> Site:
    """Let the site be one whose cluster is up; `more` as of `look`."""
    ward.folder(site).mkdir(exist_ok=True)
    ward.state_path(site).write_bytes(states.of_spec(site.spec))
    ward.settle(site)
    text = ward.real(site)
    assert text is not None
    (ward.folder(site) / "cluster.yml").write_text(text.reveal())
    ward.note_applied(site)
    look(site, **more)  # type: ignore[arg-type]
    return site

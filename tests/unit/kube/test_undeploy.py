"""What RKE2 deployed, taken away: files on all servers first, then the objects, and nothing where a server is away."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.unit.balancers.front import front
from tests.unit.balancers.sites import site_of
from tests.unit.spec.specs import HEAD, read
from wizard.balancers.kube_vip import remove as kube_vip
from wizard.balancers.metallb.files import ADDRESSES, CHART, INGRESS
from wizard.balancers.metallb.remove import remove
from wizard.errors import Refused, Unreachable, WizardError
from wizard.hosts.output import Result
from wizard.hosts.script import Script
from wizard.kube import undeploy
from wizard.kube.door import ready_door

SPEC = f"{HEAD}metallb: {{pools: [{{name: apps, addresses: [10.0.0.240/28]}}], expose_ingress: {{}}}}\n"
THERE = '{"metadata": {"name": "it", "labels": {"app.kubernetes.io/managed-by": "rancher-wizard"}}}'


@dataclass
class Server:
    """A server that has every file, and every object until it is deleted; `stays` names kinds that do not go."""

    name: str
    stays: tuple[str, ...] = ()
    away: bool = False
    did: list[str] = field(default_factory=list)

    async def run(self, script: Script, *args: str, **options: Any) -> Result:
        if self.away:
            raise Unreachable(self.name, "no answer")
        if script.name == "remove_manifests":
            self.did += [f"rm {path}" for path in args]
            return Result(0, tuple(f"removed={path}" for path in args))
        if args[:2] == ("get", "services"):
            return Result(0, ('{"items": [{"metadata": {"name": "shop"}, "spec": {"type": "LoadBalancer"}}]}',))
        if args[0] == "get" and args[1] != "--raw":
            with_it = {"deployment": "delete helmchart ", "namespace": "delete namespace "}.get(args[1])
            gone = with_it and any(word.startswith(with_it) for word in self.did)
            return Result(1, (), ("Error from server (NotFound)",)) if gone else Result(0, (THERE,))
        if args[0] == "delete" and args[1] not in self.stays:
            self.did.append(" ".join(args[:3]))
            return Result(0, (f'{args[1]} "{args[2]}" deleted',))
        return Result(0, ())


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undeploy, "AGAIN_S", 0)


async def test_metallb_goes_file_by_file_and_then_out_of_the_cluster(tmp_path: Path) -> None:
    server, said = Server("cp-1"), list[str]()
    await remove(site_of(read(SPEC).spec, tmp_path), lambda name: server, said.append)
    assert server.did[:3] == [f"rm {CHART}", f"rm {ADDRESSES}", f"rm {INGRESS}"]
    objects = [line.split()[1] for line in server.did[3:] if not line.startswith("delete addon")]
    wanted = [
        *["helmchartconfig"] * 2,
        "l2advertisement.metallb.io",
        "ipaddresspool.metallb.io",
        "helmchart",
        "namespace",
    ]
    assert objects == wanted
    assert "Service default/shop loses its address" in said


async def test_a_server_that_is_away_keeps_all_of_it_in_the_cluster(tmp_path: Path) -> None:
    more = SPEC.replace("role: server}", "role: server}\n  - {name: cp-2, address: 10.0.0.19, role: server}", 1)
    servers = {"cp-1": Server("cp-1"), "cp-2": Server("cp-2", away=True)}
    with pytest.raises(Unreachable, match="cp-2"):
        await remove(site_of(read(more).spec, tmp_path), lambda name: servers[name], print)
    assert not [line for line in servers["cp-1"].did if line.startswith("delete")]


async def test_what_does_not_go_is_named_with_where_to_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wizard.balancers.metallb.remove.GONE_S", 0.05)
    with pytest.raises(WizardError, match="MetalLB is still there") as late:
        await remove(site_of(read(SPEC).spec, tmp_path), lambda name: Server("cp-1", stays=("helmchart",)), print)
    assert "job/helm-delete-metallb" in late.value.hint


async def test_kube_vip_stays_as_long_as_nodes_join_by_its_address(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"nodes find the cluster by 10\.0\.0\.9"):
        await kube_vip.remove(site_of(front(kind="kube-vip", nodes=[]), tmp_path), lambda name: Server(name), print)
    server = Server("cp-1")
    elsewhere = front(kind="kube-vip", nodes=[], more="registration: {address: 10.0.0.50}\n")
    await kube_vip.remove(site_of(elsewhere, tmp_path), lambda name: server, print)
    assert "delete daemonset kube-vip" in server.did


async def test_without_a_ready_server_nothing_is_begun(tmp_path: Path) -> None:
    with pytest.raises(WizardError, match="no server's API is ready"):
        await ready_door(site_of(read(SPEC).spec, tmp_path), lambda name: Server(name, away=True))

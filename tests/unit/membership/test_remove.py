"""The plan of a removal: agents before servers, nothing that etcd can't spare, machines that are gone left alone."""

import pytest

from tests.unit.rke2.conftest import MakeSite, facts_of
from wizard.errors import BadUsage, Refused, Unreachable
from wizard.membership.remove import Leaving, remove
from wizard.membership.remove_all import remove_all
from wizard.site import Site

ALL = ("cp-1", "cp-2", "cp-3", "w-1", "w-2")
FRONT = (
    "balancer:\n  kind: haproxy\n  nodes:\n    - {name: lb-1, address: 10.0.0.8}\n"
    "    - {name: lb-2, address: 10.0.0.9}\n  vip: 10.0.0.100\n"
)


def running(site: Site, *, unwell: tuple[str, ...] = (), gone: tuple[str, ...] = ()) -> Site:
    """Facts as servers tell them; `gone` can't be reached."""
    listed = [
        f"x.rke2.node={name} {name not in (*unwell, *gone)} v1.34.2+rke2r1 {'True' if name.startswith('cp') else ''}"
        for name in ALL
    ]
    for name in ALL:
        if name in gone:
            site.survey.failures[name] = Unreachable(name, "no route to host")
        else:
            site.survey.learn(name, facts_of(listed if name.startswith("cp") else ()))
    return site


def stages(site: Site, *names: str, dead: bool = False) -> list[tuple[str, tuple[tuple[str, ...], ...], list[str]]]:
    plan = remove(site, Leaving(names, dead))
    return [(stage.key, stage.batches, [step.key for step in stage.steps]) for stage in plan.stages]


def test_agents_go_before_servers_and_each_is_drained_first(make_site: MakeSite) -> None:
    assert stages(running(make_site()), "cp-2", "w-1") == [
        ("remove-agents", (("w-1",),), ["reach", "drain", "stay-off", "uninstall", "leave"]),
        ("remove-servers", (("cp-2",),), ["reach", "spare", "drain", "stay-off", "leave", "uninstall"]),
    ]


def test_a_machine_that_is_gone_is_only_taken_out(make_site: MakeSite) -> None:
    site = running(make_site(), gone=("cp-3", "w-2"))
    assert stages(site, "cp-3", "w-2", dead=True) == [
        ("remove-agents", (("w-2",),), ["leave"]),
        ("remove-servers", (("cp-3",),), ["spare", "leave"]),
    ]
    with pytest.raises(Refused, match="w-2: no route to host"):
        remove(site, Leaving(("w-2",)))


@pytest.mark.parametrize(
    ("names", "unwell", "why"),
    [
        (("cp-1", "cp-2", "cp-3"), (), "no server would be left"),
        (("cp-1",), ("cp-2",), "1 of 2 members would be left voting"),
        (("cp-3", "cp-1"), ("cp-3",), ""),
    ],
)
def test_what_etcd_can_not_spare_is_refused(
    make_site: MakeSite, names: tuple[str, ...], unwell: tuple[str, ...], why: str
) -> None:
    site = running(make_site(), unwell=unwell)
    if why:
        with pytest.raises(Refused, match=why):
            remove(site, Leaving(names))
    else:
        assert remove(site, Leaving(names)).nodes == names


def test_two_servers_left_are_advised_against(make_site: MakeSite) -> None:
    assert "Two servers will be left" in " ".join(remove(running(make_site()), Leaving(("cp-1",))).notes)
    assert remove(running(make_site()), Leaving(("w-1",))).notes == ()


def test_a_node_of_nobody_is_told_with_those_there_are(make_site: MakeSite) -> None:
    with pytest.raises(BadUsage, match="w-9: no node of the spec"):
        remove(running(make_site()), Leaving(("w-9",)))


def test_a_server_leaves_the_pool_before_it_leaves_the_cluster(make_site: MakeSite) -> None:
    site = running(make_site(FRONT))
    for name in ("lb-1", "lb-2"):
        site.survey.learn(name, facts_of(()))
    found = stages(site, "cp-2")
    assert [key for key, _, _ in found] == ["remove-servers", "balancers"]
    assert found[0][2][2:5] == ["drain", "leave-pool", "stay-off"]


def test_a_whole_cluster_goes_from_the_agents_to_the_balancers(make_site: MakeSite) -> None:
    site = running(make_site(FRONT))
    for name in ("lb-1", "lb-2"):
        site.survey.learn(name, facts_of(()))
    plan = remove_all(site)
    assert [stage.key for stage in plan.stages] == ["remove-agents", "remove-servers", "remove-balancers"]
    assert plan.stages[2].batches == (("lb-1",), ("lb-2",))
    assert "/var/lib/rancher/rke2 (etcd, its snapshots" in plan.notes[0]
    with pytest.raises(Refused, match="w-1: no route to host"):
        remove_all(running(make_site(), gone=("w-1",)))

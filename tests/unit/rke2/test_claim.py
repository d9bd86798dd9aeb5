import pytest

from tests.unit.rke2.conftest import facts_of
from wizard.distros.rke2.claim import Claim
from wizard.distros.rke2.config import CA_HASH
from wizard.errors import StepFailed
from wizard.rollout.step import Work

KNOWN = {"server-token": "S" * 40, "agent-token": "A" * 40, CA_HASH: "c" * 64}


async def claim(site, *lines):
    site.survey.learn("w-1", facts_of(lines))
    step = Claim(site)
    settled = step.settled("w-1", site.survey)
    nothing = lambda *given: None  # noqa: E731
    try:
        outcome = await step.carry_out(Work("w-1", host=None, at=nothing, tell=nothing, said=nothing))
    except StepFailed as error:
        assert not settled
        return error
    assert settled
    return outcome


async def test_a_bare_node_is_free(make_site):
    assert await claim(make_site()) == "unchanged"


async def test_a_node_of_this_cluster_is_ours(make_site):
    site = make_site(secrets=KNOWN)
    assert await claim(site, f"x.rke2.marker={site.marker}", f"x.rke2.ca={'c' * 64}") == "unchanged"


@pytest.mark.parametrize(
    "lines",
    [
        ["x.rke2.marker=token: x"],
        ["x.rke2.marker=# Written by rancher-wizard for cluster prod (fedcba9876543210); apply writes it anew."],
        [f"x.rke2.ca={'d' * 64}"],
        ["x.rke2.etcd=yes"],
    ],
)
async def test_what_another_cluster_owns_is_refused_with_cause_and_next_move(make_site, lines):
    error = await claim(make_site(secrets=KNOWN), *lines)
    assert error.cause
    assert "rke2-uninstall.sh" in error.hint


async def test_ours_with_another_ca_is_refused(make_site):
    site = make_site(secrets=KNOWN)
    error = await claim(site, f"x.rke2.marker={site.marker}", f"x.rke2.ca={'d' * 64}")
    assert "cluster CA" in error.what


async def test_a_node_that_runs_the_other_role_is_refused(make_site):
    site = make_site(secrets=KNOWN)
    error = await claim(site, f"x.rke2.marker={site.marker}", "x.rke2.unit.server=active enabled 5")
    assert "role" in error.cause


async def test_the_only_server_without_its_data_is_not_started_as_an_empty_cluster(make_site):
    site = make_site(nodes="nodes: [{name: w-1, address: 10.0.0.11, role: server}]\n", secrets=KNOWN)
    error = await claim(site)
    assert "no etcd data" in error.what
    assert "snapshot" in error.hint

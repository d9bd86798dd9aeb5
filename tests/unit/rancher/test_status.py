"""What `rancher status` and `rancher password` say, and what keeps an upgrade from being begun."""

import base64
from pathlib import Path

import pytest

from tests.unit.rancher.conftest import RANCHER
from tests.unit.rancher.standin import Cluster
from wizard.cli.main import main
from wizard.errors import WizardError
from wizard.rancher.status import decoded, status

HEAD = "apiVersion: rancher-wizard/v1\nname: prod\ndistribution: rke2\nversion: v1.34.2+rke2r1\n"
NODES = "nodes: [{name: cp-1, address: 10.0.0.11, role: server}]\n"


async def test_what_stands_is_well(make_site, cluster: Cluster) -> None:
    site = make_site(RANCHER)
    names = ("cert-manager", "cert-manager-webhook", "cert-manager-cainjector", "rancher-webhook", "rancher")
    cluster.put(
        revisions={"rancher": [2, "deployed", 0], "cert-manager": [1, "deployed", 0]},
        deployments=dict.fromkeys(names, "rancher-2.13.3"),
    )
    found = await status(site, site.spec.rancher, cluster.host)
    assert found.problems() == ()
    assert "deployed, revision 2" in found.lines()[1]
    assert found.record()["rancher"] == "2.13.3"
    cluster.answers = lambda address: "404 \x1b[2Jnope"
    assert (await status(site, site.spec.rancher, cluster.host)).problems() == ("users do not reach it by its name",)
    assert "\x1b" not in "".join((await status(site, site.spec.rancher, cluster.host)).lines())


async def test_what_lacks_is_named(make_site, cluster: Cluster) -> None:
    site = make_site(RANCHER)
    assert (await status(site, site.spec.rancher, cluster.host)).problems() == (
        "cert-manager is not installed yet",
        "rancher is not installed yet",
    )
    cluster.down = {"cp-1", "cp-2", "cp-3"}
    with pytest.raises(WizardError, match="no server's API is ready"):
        await status(site, site.spec.rancher, cluster.host)


def test_a_password_is_read_and_a_broken_one_is_said_to_be_one() -> None:
    assert decoded(base64.b64encode(b"s3cret").decode()).reveal() == "s3cret"
    with pytest.raises(WizardError, match="can't be read"):
        decoded("***")


def test_the_plan_shows_the_values_and_a_spec_without_rancher_is_told_so(tmp_path: Path, capsys) -> None:
    spec = tmp_path / "cluster.yaml"
    spec.write_text(HEAD + NODES + RANCHER)
    assert main(["rancher", "plan", "--offline", str(spec)]) == 0
    shown = capsys.readouterr().out
    assert "hostname: rancher.example.com" in shown
    assert "Install cert-manager v1.21.1" in shown
    spec.write_text(HEAD + NODES)
    assert main(["rancher", "plan", "--offline", str(spec)]) == 2
    assert "asks for no Rancher" in capsys.readouterr().err

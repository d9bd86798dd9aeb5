"""`upgrade plan` tells the way, what is met on it, and why there is none."""

import json
from pathlib import Path

import pytest
import yaml

from tests.unit.rke2.conftest import HEAD, NODES
from wizard.cli.main import main
from wizard.upgrade.outlook import mixed_lines
from wizard.upgrade.release import Release
from wizard.upgrade.running import Running


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "cluster.yaml"
    path.write_text(HEAD.replace("v1.34.2+rke2r1", "v1.36.2+rke2r1") + NODES + "ingress: ingress-nginx\n")
    return path


def test_the_way_names_each_release_and_what_to_do_before(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["upgrade", "plan", str(spec), "--from", "v1.34.2+rke2r1"]) == 0
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert "rancher-wizard upgrade check SPEC" in told.err
    assert [line for line in lines if line[0].isdigit()] == [
        "1. v1.34.2+rke2r1 -> v1.35.6+rke2r1",
        "2. v1.35.6+rke2r1 -> v1.36.2+rke2r1",
    ]
    assert any("cgroup v2" in line for line in lines)
    assert any("rke2-images-ingress-nginx" in line for line in lines)


def test_a_program_reads_the_same(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["upgrade", "plan", str(spec), "--from", "v1.35.6+rke2r1", "--json"]) == 0
    (hop,) = json.loads(capsys.readouterr().out)
    assert hop["to"] == "v1.36.2+rke2r1"
    assert all(each["do"] for each in hop["met"])


def test_who_is_behind_is_named_where_several_releases_run() -> None:
    old, new = Release.of("v1.34.2+rke2r1"), Release.of("v1.35.6+rke2r1")
    agents = {f"w-{number}": new for number in range(1, 9)}
    assert list(mixed_lines(Running({"cp-1": new}, agents | {"w-9": old}))) == [
        "v1.34.2+rke2r1 runs on w-9",
        "v1.35.6+rke2r1 runs on cp-1, w-1, w-2, w-3, w-4, w-5 and 3 more",
    ]
    assert list(mixed_lines(Running({"cp-1": new}, agents))) == []


def test_nothing_to_do_is_said(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["upgrade", "plan", str(spec), "--from", "v1.36.2+rke2r1"]) == 0
    assert capsys.readouterr().out == "nothing to do: every node runs it\n"


@pytest.mark.parametrize(
    ("source", "code", "said"),
    [("v1.36.3+rke2r1", 3, "newer than v1.36.2+rke2r1"), ("1.34", 2, "--from: '1.34' is not a release of RKE2")],
)
def test_a_wrong_start_is_refused(
    spec: Path, capsys: pytest.CaptureFixture[str], source: str, code: int, said: str
) -> None:
    assert main(["upgrade", "plan", str(spec), "--from", source]) == code
    assert said in capsys.readouterr().err


def test_the_plans_of_the_controller_are_shown_where_nodes_go_by_it(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec.write_text(spec.read_text() + "upgrade: {by: controller}\n")
    assert main(["upgrade", "plan", str(spec), "--from", "v1.34.2+rke2r1"]) == 0
    shown = capsys.readouterr().out
    assert [each["spec"]["version"] for each in yaml.safe_load_all(shown.partition("---\n")[2])] == [
        *["v1.35.6+rke2r1"] * 2,
        *["v1.36.2+rke2r1"] * 2,
    ]
    assert main(["upgrade", "plan", str(spec), "--from", "v1.35.6+rke2r1", "--json"]) == 0
    (hop,) = json.loads(capsys.readouterr().out)
    names = [each["metadata"]["name"] for each in hop["plans"]]
    assert names == ["rancher-wizard-servers", "rancher-wizard-agents"]

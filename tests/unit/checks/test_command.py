"""`rancher-wizard check` from its command line to its exit code, on a simulated site."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from wizard.cli.main import main
from wizard.simulator.process import start


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A spec of four simulated machines, of which one kind raises a note."""
    folder = tmp_path_factory.mktemp("site")
    simulation = start(folder, nodes=4, servers=3, speed=1000, seed=1, fail={"worker-001": "ports.free"})
    yield simulation.spec
    simulation.close()


def test_sound_machines_pass(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(spec), "--only", "disk,names,kernel"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 1
    assert "0 failed" in said[0]


def test_a_failed_must_ends_with_3_and_a_forced_one_with_its_reason(
    spec: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(spec)]) == 3
    said = capsys.readouterr().out
    assert "worker-001: fail must ports.free: 6443 by haproxy\n  -> Stop what holds it" in said
    assert main(["check", str(spec), "--force-check", "ports.free", "--reason", "it moves tonight"]) == 0
    assert "it moves tonight" in capsys.readouterr().out


def test_the_result_is_json_junit_and_markdown(spec: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    report, junit = tmp_path / "report.md", tmp_path / "junit.xml"
    assert (
        main(["check", str(spec), "--only", "disk,names", "--json", "--report", str(report), "--junit", str(junit)])
        == 0
    )
    record = json.loads(capsys.readouterr().out)
    assert set(record["findings"]) == set(record["nodes"]) == {"cp-1", "cp-2", "cp-3", "worker-001"}
    assert {found["check"].partition(".")[0] for found in record["findings"]["cp-1"]} == {"disk", "names", "dns"}
    assert "| cp-1 | ok | ok |" in report.read_text()
    suites = ET.parse(junit).getroot()
    assert [suite.get("failures") for suite in suites] == ["0"] * 4


def test_a_report_whose_name_ends_in_html_is_a_page(spec: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    assert main(["check", str(spec), "--only", "disk,names", "--report", str(report)]) == 0
    assert "<td>cp-1</td>" in report.read_text()
    assert report.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check"], "which spec"),
        (["check", "--only", "dsk"], "Did you mean disk"),
        (["check", "SPEC", "--force-check", "disk.room"], "0 reasons"),
        (["check", "SPEC", "--force-check", "disk.rome", "--reason", "x"], "disk.rome"),
    ],
)
def test_a_command_that_can_not_be_meant_is_refused(
    spec: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main([str(spec) if word == "SPEC" else word for word in arguments]) in (1, 2)
    assert said in capsys.readouterr().err


def test_the_list_names_every_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--list", "--only", "time"]) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines() if line[:1] != " "} == {
        "time.sync",
        "time.skew",
        "time.zone",
    }


def test_apply_checks_first_and_starts_nothing_that_can_not_end_well(capsys: pytest.CaptureFixture[str]) -> None:
    demo = ["demo", "--nodes", "3", "--headless", "--speed", "1000", "--fail", "cp-1:disk.room"]
    assert main(demo) == 3
    said = capsys.readouterr().err
    assert "cp-1: disk.room must hold: 812 MiB free" in said
    assert "Nothing was changed" in said

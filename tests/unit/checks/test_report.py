"""The result of checks as a report, as a build server reads it, and as it is kept with a rollout."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.unit.checks.machines import site
from tests.unit.checks.specs import spec
from wizard.checks.keep import KEPT, keep, kept
from wizard.checks.known import CHECKS
from wizard.checks.matrix import Judged, Matrix
from wizard.checks.report import junit, markdown, summary


@pytest.fixture
def matrix() -> Matrix:
    """A server with a full disk and a note, and a healthy agent."""
    wanted = spec()
    facts = site(
        x_fs="xfs 0 0 rw 40000 100 /var/lib/rancher/rke2", x_reboot="/run/reboot-required", x_left__cni="/etc/cni/a|b"
    )
    made = Matrix(("cp-1", "worker-1"), CHECKS)
    for check in CHECKS:
        for node, found in check.judge(wanted, facts).items():
            made.apply(Judged(node, (found,)))
    return made


def test_the_summary_counts_what_must_be_mended(matrix: Matrix) -> None:
    assert summary(matrix).endswith("1 warning, 3 failed; 2 must be mended")
    matrix.force("leftovers.cni", "*", "it goes")
    assert summary(matrix).endswith("1 waived; 1 must be mended")


def test_the_report_has_the_matrix_the_ills_and_the_reasons(matrix: Matrix) -> None:
    matrix.force("leftovers.cni", "cp-1", "it goes | tonight")
    text = "\n".join(markdown(matrix))
    assert "| Node | Login | System |" in text
    assert "| cp-1 | disk.room | fail (must) | 100 MiB free of 40000 MiB" in text
    assert "waived: it goes \\| tonight" in text
    assert "a\\|b" in text


def test_junit_counts_failures_and_leaves_waived_ones_out(matrix: Matrix) -> None:
    suites = {suite.get("name"): suite for suite in ET.fromstring(junit(matrix))}
    assert suites["cp-1"].get("failures") == "3"
    assert suites["worker-1"].get("failures") == "0"
    matrix.force("disk.room", "*", "a test")
    assert ET.fromstring(junit(matrix))[0].get("failures") == "2"


def test_what_is_kept_with_a_rollout_comes_back(matrix: Matrix, tmp_path: Path) -> None:
    assert kept(tmp_path) is None
    keep(matrix, tmp_path)
    again = kept(tmp_path)
    assert again is not None
    assert again.record() == matrix.record()
    (tmp_path / KEPT).write_text('{"nodes": 3}')
    assert kept(tmp_path) is None

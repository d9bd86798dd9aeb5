"""The checks on a terminal, key by key: keys accepted, filtered, waived, mended, taken back; the rollout reports it."""

from pathlib import Path

import pytest

from tests.lab.lab import Lab
from tests.lab.operator import Operator
from tests.lab.specs import login
from tests.lab.terminal import Terminal
from wizard.rollout.process import runs

NODES = 2
REASON = "it boots on Sunday"
# Columns of the matrix, counted from the left.
SECURITY, PACKAGES = 5, 12
POLICY = (
    "table inet own { chain in { type filter hook input priority 0; policy drop; "
    "iif lo accept; ct state established accept; tcp dport 22 accept; icmp type echo-request accept; }; }"
)


@pytest.fixture(scope="module")
def spec(lab: Lab, operator: Operator) -> Path:
    """A server that is due to reboot, and an agent whose own filter drops what it does not know; both unknown."""
    lab["n1"].run("touch /run/reboot-required")
    lab["n2"].run(f"nft '{POLICY}'")
    known = operator.home / "known_hosts"
    return lab.spec(servers=1, agents=1, ssh=login(lab, known_hosts=str(known)))


def test_every_key_of_the_checks_does_on_real_nodes_what_it_says(lab: Lab, operator: Operator, spec: Path) -> None:
    rules = lab["n2"].run("nft list ruleset").stdout
    with Terminal(operator, "check", spec) as screen:
        screen.wait_for("2 host keys not known yet", 60)
        screen.press("y")
        screen.wait_for("2 host keys accepted; 2 nodes checked again")
        screen.wait_for("must be mended", 90)
        screen.press("f")
        screen.wait_for("only not ok  2 of 2 nodes")
        screen.press("home", *"l" * PACKAGES)
        screen.wait_for("packages.reboot: No reboot is due")
        screen.press("w")
        screen.wait_for("Why shall packages.reboot not count on n1?")
        screen.press(*REASON, "enter")
        screen.wait_for(f"packages.reboot is waived on n1: {REASON}")
        screen.press("f", "f", "home", "down", *"h" * (PACKAGES - SECURITY))
        screen.wait_for("firewall.policy: Packets that no rule names")
        screen.press("m")
        screen.wait_for("Mend this on 1 node?")
        screen.press("y")
        screen.wait_for("Mended on 1 node and checked again", 90)
        assert "dport" in lab["n2"].run("nft list table inet own | grep rancher-wizard").stdout
        screen.press("u")
        screen.wait_for("Take this back?")
        screen.press("y")
        screen.wait_for("Taken back on 1 node", 90)
        assert lab["n2"].run("nft list ruleset").stdout == rules
        lab["n2"].run("nft delete table inet own")
        screen.press("R", "f")
        screen.wait_for("everything is ok; f shows all nodes", 90)
        screen.press("q")
        assert screen.process.wait(60) == 0


def test_what_was_waived_on_the_screen_stands_in_the_report_of_the_rollout(
    lab: Lab, operator: Operator, spec: Path
) -> None:
    done = operator.apply(spec)
    assert done.returncode == 0, done.stdout + done.stderr
    told = (runs(operator.state)[-1] / "report.md").read_text().partition("### What was waived")[2]
    row = next(line for line in told.splitlines() if "packages.reboot" in line)
    assert "| n1 |" in row
    assert f"waived: {REASON}" in row

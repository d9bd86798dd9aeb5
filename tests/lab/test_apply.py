"""The main job on real nodes: a cluster brought up from a folder, left alone, and grown by one agent."""

import json
import stat
import sys
import threading
import time
from pathlib import Path

import pytest
import yaml

from tests.lab.conftest import renew
from tests.lab.lab import Lab
from tests.lab.operator import Operator, cluster_nodes, etcd_members, listing
from wizard.rollout.process import runs
from wizard.secret import Secret
from wizard.vault.vault import Vault

NODES = 7


class Watch:
    """Samples the command lines and environments of all processes on all nodes while a rollout runs."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.seen: list[str] = []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._end.is_set():
            for node in self.lab.nodes.values():
                done = node.run("cat /proc/[0-9]*/cmdline | tr '\\0' ' '", check=False)
                self.seen.append(done.stdout)
            time.sleep(0.05)


@pytest.fixture(scope="module")
def finished(lab: Lab, operator: Operator) -> tuple[Path, Watch]:
    """Three servers and three agents, brought up once for the tests below."""
    spec = lab.spec(servers=3, agents=3)
    with Watch(lab) as watch:
        done = operator.apply(spec)
    assert done.returncode == 0, done.stdout + done.stderr
    (operator.home / "headless.txt").write_text(done.stdout + done.stderr)
    return spec, watch


def test_a_plan_touches_nothing(lab: Lab, operator: Operator) -> None:
    before = listing(lab)
    done = operator.run("plan", lab.spec(servers=3, agents=3), "--json")
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert [stage["key"] for stage in plan["stages"]] == ["first-server", "servers", "agents"]
    assert listing(lab) == before


def test_apply_from_a_folder_ends_with_every_node_ready(lab: Lab, finished: tuple[Path, Watch]) -> None:
    assert cluster_nodes(lab["n1"]) == dict.fromkeys(("n1", "n2", "n3", "n4", "n5", "n6"), "Ready")
    assert etcd_members(lab["n1"]) == 3


def test_the_kubeconfig_that_comes_home_opens_the_api_at_the_registration_address(
    lab: Lab, operator: Operator, finished: tuple[Path, Watch]
) -> None:
    path = operator.state / "kubeconfig"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    config = yaml.safe_load(path.read_text())
    server = config["clusters"][0]["cluster"]["server"]
    assert server == f"https://{lab['n1'].address}:6443"
    script = (
        "import base64, ssl, sys, tempfile, urllib.request, yaml\n"
        "config = yaml.safe_load(open(sys.argv[1]))\n"
        "def file(text):\n"
        "    f = tempfile.NamedTemporaryFile(delete=False); f.write(base64.b64decode(text)); f.close(); return f.name\n"
        "cluster, user = config['clusters'][0]['cluster'], config['users'][0]['user']\n"
        "context = ssl.create_default_context(cafile=file(cluster['certificate-authority-data']))\n"
        "context.load_cert_chain(file(user['client-certificate-data']), file(user['client-key-data']))\n"
        "print(urllib.request.urlopen(cluster['server'] + '/readyz', context=context, timeout=10).status)\n"
    )
    done = lab.jump(sys.executable, "-c", script, path)
    assert done.stdout.strip() == "200", done.stderr


def test_applied_again_it_changes_no_file_and_restarts_no_unit(
    lab: Lab, operator: Operator, finished: tuple[Path, Watch]
) -> None:
    before = listing(lab)
    done = operator.apply(finished[0])
    assert done.returncode == 0
    assert "nothing to do" in done.stdout
    assert listing(lab) == before


def test_no_unit_listener_or_folder_of_ours_is_left_on_a_node(lab: Lab, finished: tuple[Path, Watch]) -> None:
    for node in lab.nodes.values():
        left = node.run("ls -A /run/rancher-wizard 2>/dev/null; systemctl list-units --no-legend 'rancher-wizard*'")
        assert left.stdout.replace(".guard", "").strip() == ""


def test_no_secret_is_seen_in_processes_logs_journal_plan_or_state(
    lab: Lab, operator: Operator, finished: tuple[Path, Watch]
) -> None:
    vault = Vault.open(operator.state)
    secrets = [vault.get(name) for name in ("server-token", "agent-token")]
    texts = {
        "processes on nodes": "".join(finished[1].seen),
        "what was printed": (operator.home / "headless.txt").read_text(),
        "plan": operator.run("plan", finished[0]).stdout,
        "screenshot": _screenshot(operator),
    }
    for path in operator.home.rglob("*"):
        if path.is_file() and path.name != "kubeconfig":
            texts[str(path.relative_to(operator.home))] = path.read_bytes().decode(errors="replace")
    for node in lab.nodes.values():
        texts[f"journal of {node.name}"] = node.run("journalctl --no-pager -q | cat").stdout
    assert len(finished[1].seen) > 100
    for secret in secrets:
        assert isinstance(secret, Secret)
        assert [where for where, text in texts.items() if secret.reveal() in text] == []


def _screenshot(operator: Operator) -> str:
    path = operator.home / "screen.svg"
    done = operator.run("attach", "lab", "--screenshot", path)
    assert done.returncode == 0, done.stderr
    return path.read_text()


def test_each_node_has_its_log_and_the_rollout_its_report(
    lab: Lab, operator: Operator, finished: tuple[Path, Watch]
) -> None:
    run_dir = runs(operator.state)[0]
    assert {path.stem for path in (run_dir / "hosts").iterdir()} == {"n1", "n2", "n3", "n4", "n5", "n6"}
    assert "rke2 is up and running" in (run_dir / "hosts/n1.log").read_text()
    told = (run_dir / "report.md").read_text()
    assert "- Outcome: **done**: 6 of 6 nodes done" in told
    assert "rke2 v1.34.2+rke2r1, 3 servers, 3 agents" in told
    assert "| n4 | Agents | done |" in told


def test_secrets_are_for_their_owner_alone(lab: Lab, operator: Operator, finished: tuple[Path, Watch]) -> None:
    for name in ("vault.key", "vault.sealed", "kubeconfig", "identity.json"):
        assert stat.S_IMODE((operator.state / name).stat().st_mode) == 0o600
    for node in ("n1", "n4"):
        assert lab[node].run("stat -c '%a %U' /etc/rancher/rke2/config.yaml").stdout.strip() == "600 root"


def test_one_more_agent_touches_that_agent_alone(lab: Lab, operator: Operator, finished: tuple[Path, Watch]) -> None:
    before = listing(lab)
    done = operator.apply(lab.spec(servers=3, agents=4))
    assert done.returncode == 0, done.stdout + done.stderr
    assert cluster_nodes(lab["n1"])["n7"] == "Ready"
    after = listing(lab)
    assert {name for name in after if after[name] != before[name]} == {"n7"}
    assert {event.node for event in operator.events() if hasattr(event, "node") and event.node} == {"n7"}


def test_a_changed_option_restarts_agents_in_batches_and_leaves_servers_alone(
    lab: Lab, operator: Operator, finished: tuple[Path, Watch]
) -> None:
    before = listing(lab)
    done = operator.apply(lab.spec(servers=3, agents=4, options={"agent": {"debug": True}}))
    assert done.returncode == 0, done.stdout + done.stderr
    after = listing(lab)
    assert {name for name in after if after[name] != before[name]} == {"n4", "n5", "n6", "n7"}
    assert cluster_nodes(lab["n1"]) == dict.fromkeys(lab.nodes, "Ready")


def test_a_first_server_that_lost_its_disk_is_brought_back_beside_its_peers(
    lab: Lab, operator: Operator, finished: tuple[Path, Watch]
) -> None:
    spec = lab.spec(servers=3, agents=4, options={"agent": {"debug": True}})
    renew(lab, "n1")
    first = operator.apply(spec)
    assert first.returncode == 1
    assert "Delete the old Node object" in first.stdout
    lab["n2"].run(
        "/var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml delete node n1", timeout=120
    )
    done = operator.apply(spec)
    assert done.returncode == 0, done.stdout + done.stderr
    assert cluster_nodes(lab["n1"]) == dict.fromkeys(lab.nodes, "Ready")
    assert cluster_nodes(lab["n2"]) == dict.fromkeys(lab.nodes, "Ready")
    assert etcd_members(lab["n2"]) == 3
    assert "nothing to do" in operator.apply(spec).stdout

"""Day two on real nodes: a new token though the engine is killed, new keys for Secrets, another schedule."""

import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.lab import bucket, faults, network
from tests.lab.lab import Lab
from tests.lab.operator import Operator, cluster_nodes
from tests.lab.test_upgrade import ETCDCTL
from tests.lab.tokens import tell_of, token
from wizard.distros.rke2.tokens import by_mark
from wizard.rollout import events as ev
from wizard.secret import Secret
from wizard.vault.pieces import token_mark
from wizard.vault.vault import Vault

NODES = 4
SERVERS = ("n1", "n2", "n3")
CONFIG = "/etc/rancher/rke2/config.yaml"
ACCESS, SECRET = "lab-access-key", "lab-secret-of-the-bucket"


@pytest.fixture(scope="module")
def store(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A store on the jump host; its address and port."""
    pem = bucket.certificate(tmp_path_factory.mktemp("store") / "store.pem")
    host = f"{network.NET}.1"
    process = lab.jump_start(sys.executable, "-m", "tests.lab.bucket", host, "9000", pem, ACCESS, SECRET)
    yield f"{host}:9000"
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def spec(lab: Lab, operator: Operator, store: str) -> Path:
    """3 servers and an agent, whose snapshots go to a bucket."""
    asked = {"endpoint": store, "bucket": "lab", "folder": "etcd", "skip_ssl_verify": True}
    keys = {"access_key": {"file": "access"}, "secret_key": {"file": "secret"}}
    path = lab.spec(servers=3, agents=1, etcd={"snapshots": {"s3": asked | keys}})
    for name, text in (("access", ACCESS), ("secret", SECRET)):
        (path.parent / name).write_text(text)
    path.write_text("# the lab, as it was meant\n" + path.read_text())
    done = operator.apply(path)
    assert done.returncode == 0, done.stdout + done.stderr
    return path


@pytest.fixture(scope="module")
def far(lab: Lab, operator: Operator, spec: Path) -> tuple[str, str]:
    """The name of a snapshot that is in the bucket, and the token of then; something is written after it."""
    done = operator.run("snapshot", "save", spec, "--name", "far", "--yes", "--headless", "--output")
    assert done.returncode == 0, done.stdout + done.stderr
    lab["n1"].run(f"{ETCDCTL} put /lab/later later")
    listed = json.loads(operator.run("snapshot", "list", spec, "--json").stdout)
    return next(each["name"] for each in listed if each["bucket"]), token(operator)


def bootstrap(lab: Lab) -> list[str]:
    """The keys under which etcd keeps the sealed CAs: each is named by the hash of the token that opens it."""
    return lab["n1"].run(f"{ETCDCTL} get --prefix /bootstrap/ --keys-only").stdout.split()


def wait_until(true: Callable[[], bool], *, timeout_s: float = 60) -> None:
    end = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < end
        time.sleep(0.5)


def since(lab: Lab, name: str, unit: str) -> str:
    return lab[name].run(f"systemctl show -p ExecMainStartTimestamp -p ExecMainPID rke2-{unit}").stdout


def test_a_new_token_holds_on_every_server_though_a_call_was_cut_and_the_engine_killed(
    lab: Lab, operator: Operator, spec: Path, far: tuple[str, str]
) -> None:
    old, sealed_by, agent = token(operator), bootstrap(lab), since(lab, "n4", "agent")
    lab["n1"].run("touch /etc/rke2-standin-cut")
    cut = operator.run("token", "rotate", spec, "--yes", "--headless")
    assert cut.returncode == 1, cut.stdout + cut.stderr
    assert "the new token was not taken: 500" in cut.stdout
    assert (token(operator), bootstrap(lab)) == (old, sealed_by)
    # The call is done by hand, and the server restarts before anybody has told its configuration of it.
    following = token(operator, "server-token-next")
    tell_of(lab["n1"], old, following)
    lab["n1"].run("systemctl restart --no-block rke2-server")
    refused = operator.apply(spec)
    assert (refused.returncode, "token rotate" in refused.stderr) == (3, True), refused.stderr
    words = operator.words("token", "rotate", spec, "--yes", "--headless")
    process = lab.jump_start(
        *words, env=operator.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    operator.wait_for(ev.StepStarted, node="n2", step="start")
    pid = operator.engine()
    assert pid
    os.kill(pid, signal.SIGKILL)
    process.wait(60)
    done = operator.run("token", "rotate", spec, "--yes", "--headless")
    assert done.returncode == 0, done.stdout + done.stderr
    new = token(operator)
    assert new == token(operator, "server-token-next") != old
    assert bootstrap(lab) != sealed_by
    assert len(bootstrap(lab)) == 1
    for name in SERVERS:
        config = lab[name].run(f"cat {CONFIG} /var/lib/rancher/rke2/server/token").stdout
        assert (new in config, old in config) == (True, False), name
    assert since(lab, "n4", "agent") == agent
    assert set(cluster_nodes(lab["n3"]).values()) == {"Ready"}
    again = operator.apply(spec)
    assert "nothing to do" in again.stdout, again.stdout + again.stderr
    for path in operator.state.rglob("rollouts/**/*"):
        text = path.read_bytes() if path.is_file() else b""
        assert old.encode() not in text, path
        assert new.encode() not in text, path


def test_a_link_that_drops_while_a_server_takes_the_token_is_waited_for_and_the_server_asked_which_one_holds(
    lab: Lab, operator: Operator, spec: Path
) -> None:
    old, sealed_by = token(operator), bootstrap(lab)
    lab["n1"].run("touch /etc/rke2-standin-hold")
    process = lab.jump_start(
        *operator.words("token", "rotate", spec, "--yes", "--headless"),
        env=operator.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    lab["n1"].run("until [ -e /etc/rke2-standin-held ]; do sleep 0.1; done", timeout=120)
    following = token(operator, "server-token-next")
    assert (token(operator), following != old) == (old, True)
    with faults.no_ssh(lab["n1"]):
        operator.wait_for(ev.NodeWaiting, node="n1")
        assert (token(operator), token(operator, "server-token-next")) == (old, following)
        # Nobody is there to hear the answer, and the server goes on with it.
        lab["n1"].run("rm /etc/rke2-standin-held")
        wait_until(lambda: len(bootstrap(lab)) == 1 and bootstrap(lab) != sealed_by)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert "n1: back after" in said
    assert "n1: Give the cluster its new token: FAILED" not in said
    assert token(operator) == following
    for name in SERVERS:
        config = lab[name].run(f"cat {CONFIG} /var/lib/rancher/rke2/server/token").stdout
        assert (following in config, old in config) == (True, False), name
    # The snapshot of before is opened by the token of then.
    vault = Vault.open(operator.state)
    opens = by_mark(vault, token_mark(Secret(old)))
    assert opens
    assert opens.reveal() == old


def test_secrets_get_a_new_key_and_all_servers_have_it(lab: Lab, operator: Operator, spec: Path) -> None:
    before = json.loads(operator.run("secrets-encryption", "status", spec, "--json").stdout)
    assert {(each["stage"], each["alike"]) for each in before} == {("start", True)}
    words = operator.words("secrets-encryption", "rotate", spec, "--yes", "--headless")
    process = lab.jump_start(
        *words, env=operator.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    operator.wait_for(ev.StepStarted, node="n1", step="new-key")
    time.sleep(0.5)
    pid = operator.engine()
    assert pid
    os.kill(pid, signal.SIGKILL)
    process.wait(60)
    done = operator.run("secrets-encryption", "rotate", spec, "--yes", "--headless")
    assert done.returncode == 0, done.stdout + done.stderr
    told = operator.run("secrets-encryption", "status", spec, "--json")
    after = json.loads(told.stdout)
    assert told.returncode == 0, told.stdout
    assert {each["stage"] for each in after} == {"reencrypt_finished"}
    assert {each["active"] for each in after}.isdisjoint(each["active"] for each in before)
    assert len({each["active"] for each in after}) == 1
    assert set(cluster_nodes(lab["n2"]).values()) == {"Ready"}


def test_another_schedule_is_written_into_the_spec_and_rolled_out(lab: Lab, operator: Operator, spec: Path) -> None:
    words = ("--cron", "0 */6 * * *", "--retention", "7", "--yes", "--headless")
    done = operator.run("snapshot", "schedule", spec, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert spec.read_text().startswith("# the lab, as it was meant\n")
    for name in SERVERS:
        config = lab[name].run(f"cat {CONFIG}").stdout
        assert ("0 */6 * * *" in config, "etcd-snapshot-retention: 7" in config) == (True, True), config
    told = operator.run("snapshot", "schedule", spec, "--json")
    assert told.returncode == 0, told.stdout
    assert {each["as_wanted"] for each in json.loads(told.stdout)["servers"]} == {True}
    assert "nothing to do" in operator.run("snapshot", "schedule", spec, *words).stdout
    assert operator.run("drift", spec).stdout == "nothing differs on 4 nodes\n"


def test_the_running_cluster_is_told_and_a_silent_node_named(lab: Lab, operator: Operator, spec: Path) -> None:
    told = json.loads(operator.run("status", spec, "--json").stdout)
    assert told["problems"] == [], told["problems"]
    assert told["leader"] in SERVERS
    servers = [each["seen"] for each in told["nodes"] if each["role"] == "server"]
    assert all(len(each["etcd"]["members"]) == 3 and each["etcd"]["db_bytes"] > 0 for each in servers)
    assert all(each["soonest"]["ends"] for each in servers)
    assert any(each["snapshots"] for each in servers)
    with faults.no_ssh(lab["n4"]):
        silent = operator.run("status", spec, "--headless")
    assert silent.returncode == 1
    assert "! n4: no answer" in silent.stdout
    assert "  -> " in silent.stdout


def test_out_of_the_bucket_comes_back_what_was_and_the_token_of_then(
    lab: Lab, operator: Operator, spec: Path, far: tuple[str, str]
) -> None:
    name, former = far
    reached = json.loads(operator.run("snapshot", "s3", spec, "--json").stdout)
    assert [server["server"] for server in reached] == list(SERVERS)
    assert all(name in {each["name"] for each in server["snapshots"]} for server in reached)
    listed = json.loads(operator.run("snapshot", "list", spec, "--json").stdout)
    assert [each["bucket"] for each in listed if each["name"] == name] == [False, True]
    assert token(operator) != former
    words = ("--s3", "--snapshot", name, "--confirm", "lab", "--headless")
    done = operator.run("restore", spec, *words, timeout_s=400)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    assert token(operator) == former
    assert former in lab["n2"].run(f"cat {CONFIG}").stdout
    assert not lab["n2"].run(f"{ETCDCTL} get --prefix /lab/ --keys-only").stdout.split()
    assert set(cluster_nodes(lab["n1"]).values()) == {"Ready"}


def test_no_secret_of_all_this_leaves_the_site(operator: Operator, spec: Path) -> None:
    bag = operator.run("support", spec, "-o", spec.parent / "bag.tar.gz")
    assert bag.returncode == 0, bag.stderr
    vault = Vault.open(operator.state)
    secrets = [found.reveal().encode() for name in vault.names() if (found := vault.get(name))]
    assert len({name for name in vault.names() if "token" in name}) >= 4
    with tarfile.open(spec.parent / "bag.tar.gz") as tar:
        for member in tar.getmembers():
            data = tar.extractfile(member)
            text = data.read() if data else b""
            assert not any(each in text for each in secrets), member.name

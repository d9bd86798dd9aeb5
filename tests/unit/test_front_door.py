"""The command line as a shell sees it: pipes, refusals, and what a look leaves behind."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wizard.rollout import events as ev
from wizard.rollout.journal import Journal
from wizard.rollout.process import JOURNAL, new_run

SPEC = """\
apiVersion: rancher-wizard/v1
name: prod
distribution: rke2
version: v1.34.2+rke2r1
nodes:
  - {name: cp-1, address: 10.0.0.11, role: server}
  - {name: w-1, address: 10.0.0.21, role: agent}
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "cluster.yaml"
    path.write_text(SPEC)
    return path


def wizard(*words: str | Path, state: Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Run `rancher-wizard` with its state in a folder, as a script would."""
    command = [sys.executable, "-m", "wizard.cli.main", *map(str, words)]
    kept = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.run(command, text=True, env=os.environ | {"XDG_STATE_HOME": str(state)}, timeout=60, **kept)


def test_a_plan_from_the_spec_alone_leaves_nothing_behind_and_is_the_same_each_time(tmp_path, spec):
    first = wizard("plan", spec, "--offline", "--json", state=tmp_path / "state")
    assert first.returncode == 0, first.stderr
    assert first.stdout == wizard("plan", spec, "--offline", "--json", state=tmp_path / "state").stdout
    assert not (tmp_path / "state").exists()
    plan = json.loads(first.stdout)
    for stage in plan["stages"]:
        for node in stage["nodes"].values():
            assert {"key", "title", "in_place"} <= node["steps"][0].keys()
            assert all(file["state"] == "not looked at" and file["content"] for file in node["files"])
    assert plan["unreachable"] == {}


def test_a_reader_that_goes_away_ends_the_command_without_a_word(tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        done = wizard("schema", state=tmp_path, stdout=pipe)
    assert (done.returncode, done.stderr) == (130, "")


def test_an_output_that_is_closed_from_the_start_changes_nothing(tmp_path):
    closed = ["sh", "-c", 'exec "$0" "$@" >&-', sys.executable, "-m", "wizard.cli.main", "schema"]
    done = subprocess.run(closed, text=True, stderr=subprocess.PIPE, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_full_disk_behind_the_output_is_told_in_a_sentence(tmp_path):
    with Path("/dev/full").open("w") as full:
        done = wizard("schema", state=tmp_path, stdout=full)
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("plan", "/nonexistent/cluster.yaml"), 2, "No such file"),
        (("plan", "/tmp"), 2, "Is a directory"),
        (("apply", "/dev/null"), 2, "the file is empty"),
        (("design", "--answers", "/tmp/\x1b[31mno"), 2, "/tmp/no: No such file"),
        (("status",), 2, "which cluster"),
        (("report", "nosuch"), 2, "Begin with one: rancher-wizard"),
        (("bundle", "verify", "/nonexistent.rwb"), 2, "no bundle is there"),
        (("retry", "n1"), 2, "which cluster"),
        (("demo", "--nodes", "0"), 2, "1 to 2000"),
        (("demo", "--fail", "worker"), 2, "NODE:STEP"),
        (("attach", "--json", "--headless"), 2, "not allowed with"),
        (("demo", "--headless", "--keep", "/dev/null/demo"), 2, "/dev/null/demo: Not a directory"),
        (("plan", "--ofline", "x"), 2, "wizard plan: '--ofline' is not taken here; did you mean '--offline'?"),
        (("aply", "x"), 2, "there is no command 'aply'; did you mean 'apply'?"),
        (("bundle", "vrfy"), 2, "wizard bundle: there is no verb 'vrfy'; did you mean 'verify'?"),
        (("\x1b[31mno",), 2, "there is no command"),
    ],
)
def test_wrong_input_is_refused_in_a_sentence_with_its_exit_code(tmp_path, words, code, said):
    done = wizard(*words, state=tmp_path)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("snapshot", "schedule", "--cron", "61 * * * *"), "--cron: '61' is not a minute; 0-59"),
        (("snapshot", "schedule", "--retention", "0"), "--retention: '0' is too small; at least 1"),
        (("snapshot", "schedule", "--dir", "here"), "--dir: 'here' is not a full path on the nodes"),
        (("nodes", "add", "w-2", "--address", "10.0.0.11"), "--address: '10.0.0.11' is an address of cp-1 too"),
        (("nodes", "add", "W_2", "--address", "10.0.0.12"), "name: 'W_2' is not a node name"),
        (("nodes", "add", "w-2", "--address", "10.0.0.12", "--zone", "a b"), "--zone: 'a b' is not a label value"),
        (("nodes", "add", "m-2", "--address", "10.0.0.12", "--planes", "all"), "--planes: 'all' is not known here"),
        (("nodes", "replace", "w-1", "--address", "::no"), "--address: '::no' is not an address"),
    ],
)
def test_a_value_of_the_command_line_is_told_of_by_its_option_and_nothing_is_written(tmp_path, spec, words, said):
    done = wizard(*words[:2], spec, *words[2:], "--yes", "--headless", state=tmp_path / "state")
    assert done.returncode == 2
    assert done.stderr.startswith(said), done.stderr
    assert str(spec) not in done.stderr
    assert spec.read_text() == SPEC


@pytest.mark.parametrize("state", ["/proc/nowhere", "/dev/null"])
def test_a_state_folder_that_can_not_be_made_is_named(spec, state):
    done = wizard("apply", spec, state=Path(state))
    assert done.returncode == 1
    assert done.stderr.startswith(f"{state}/rancher-wizard/prod can not be made")


def test_nothing_is_started_where_every_node_refuses_the_login(tmp_path, spec):
    spec.write_text(SPEC.replace("10.0.0.", "127.0.0.") + "ssh: {user: ops, key: missing, agent: false}\n")
    done = wizard("apply", spec, "--yes", "--headless", state=tmp_path / "state")
    assert done.returncode == 3, done.stderr
    assert "cp-1: login.accepted must hold: key file" in done.stderr
    assert "Nothing was changed." in done.stderr
    assert not list((tmp_path / "state").rglob("journal*"))


def test_ctrl_c_at_the_last_question_ends_it_at_once_and_nothing_is_begun(tmp_path, spec):
    spec.write_text(SPEC.replace("10.0.0.", "127.0.0.") + "ssh: {user: ops, key: missing, agent: false}\n")
    words = ["apply", str(spec), "--force-check", "login.accepted", "--reason", "a trial", "--headless"]
    ours, theirs = pty.openpty()
    asked = subprocess.Popen(
        [sys.executable, "-m", "wizard.cli.main", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=os.environ | {"XDG_STATE_HOME": str(tmp_path / "state")},
    )
    try:
        said = b""
        while not said.rstrip().endswith(b"[y/N]"):
            said += os.read(ours, 4096)
        time.sleep(0.2)  # it is printed before the answer is awaited
        asked.send_signal(signal.SIGINT)
        assert asked.wait(timeout=30) == 130
    finally:
        asked.kill()
        asked.wait()
        os.close(theirs)
        os.close(ours)
    assert not list((tmp_path / "state").rglob("journal*"))


def test_whoever_follows_a_rollout_to_its_end_is_told_the_way_into_the_cluster(tmp_path):
    state = tmp_path / "rancher-wizard" / "prod"
    folder = new_run(state, {}, b"name: prod\n")
    journal = Journal(folder / JOURNAL)
    journal.write(ev.RolloutStarted(cluster="prod", run="r", digest="d", stages=()))
    journal.write(ev.RolloutEnded(outcome="done", said="3 of 3 nodes done"))
    (state / "kubeconfig").write_text("")
    done = wizard("attach", "prod", "--headless", state=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == [
        f"kubeconfig: {state / 'kubeconfig'}",
        "all of it, with times: rancher-wizard report prod",
    ]


@pytest.mark.parametrize(("length", "code", "said"), [(12, 2, "at least 16"), (20, 0, "32 are advised"), (40, 0, "")])
def test_a_token_of_the_operators_own_is_refused_or_advised_upon_before_anything_starts(
    tmp_path, spec, length, code, said
):
    (tmp_path / "token").write_text("x" * length + "\n")
    spec.write_text(SPEC + "token: {file: token}\n")
    done = wizard("plan", spec, "--offline", state=tmp_path / "state")
    assert done.returncode == code
    assert said in done.stderr
    assert ("warning: token" in done.stderr) == (length == 20)
    assert "x" * length not in done.stderr + done.stdout


def test_a_failed_rollout_that_nobody_watches_ends_instead_of_waiting_for_an_operator(tmp_path):
    done = wizard("demo", "--nodes", "1", "--speed", "1000", "--fail", "cp-1:install", state=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "cp-1: FAILED" in done.stdout
    assert "held:" not in done.stdout

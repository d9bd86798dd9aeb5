"""`new` as scripts use it: answers and nodes in, a spec out, nothing asked."""

import io
import sys
from pathlib import Path

import pytest

from wizard.cli.main import main
from wizard.design.answers import parse_answers
from wizard.spec.load import load_spec


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("sys.stdin", io.StringIO())
    Path("answers.yaml").write_text("cluster_name: prod\npods: 300\n")
    Path("nodes.txt").write_text("10.9.0.[11-20]\n")
    return tmp_path


def new(*options: str) -> int:
    return main(["new", *options])


def test_answers_and_nodes_give_a_spec_and_the_answers_behind_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert new("--answers", "answers.yaml", "--nodes", "nodes.txt") == 0
    spec = load_spec(Path("cluster.yaml")).spec
    assert (spec.name, len(spec.servers), len(spec.agents)) == ("prod", 3, 7)
    beside = Path("cluster.answers.yaml")
    assert parse_answers(beside.read_text(), "a").said["pods"] == 300
    assert beside.stat().st_mode & 0o777 == 0o600
    said = capsys.readouterr().out
    assert "assumed: What must the cluster outlive? The loss of one node (N+1)." in said
    assert said.endswith("next: rancher-wizard apply cluster.yaml\n")
    assert not Path("state").exists()


def test_the_answers_that_were_written_give_the_same_spec_again() -> None:
    new("--answers", "answers.yaml", "--nodes", "nodes.txt")
    first = Path("cluster.yaml").read_bytes()
    assert new("--answers", "cluster.answers.yaml", "--nodes", "nodes.txt", "-o", "again.yaml") == 0
    assert Path("again.yaml").read_bytes() == first
    # What says the same may be written again.
    assert new("--answers", "answers.yaml", "--nodes", "nodes.txt") == 0


def test_a_spec_that_says_something_else_is_spared_and_the_difference_shown(capsys) -> None:
    new("--answers", "answers.yaml", "--nodes", "nodes.txt")
    before = Path("cluster.yaml").read_bytes()
    Path("answers.yaml").write_text("cluster_name: other\n")
    assert new("--answers", "answers.yaml", "--nodes", "nodes.txt") == 2
    assert Path("cluster.yaml").read_bytes() == before
    said = capsys.readouterr().err
    assert "-name: prod" in said
    assert "+name: other" in said
    assert "--force" in said
    assert new("--answers", "answers.yaml", "--nodes", "nodes.txt", "--force") == 0
    assert load_spec(Path("cluster.yaml")).spec.name == "other"


def test_a_spec_is_opened_for_change_and_keeps_its_place(capsys) -> None:
    new("--answers", "answers.yaml", "--nodes", "nodes.txt")
    Path("change.yaml").write_text("version: v1.35.8+rke2r1\n")
    assert new("--from", "cluster.yaml", "--answers", "change.yaml", "--force") == 0
    spec = load_spec(Path("cluster.yaml")).spec
    assert (spec.name, spec.version, len(spec.nodes)) == ("prod", "v1.35.8+rke2r1", 10)
    assert "taken for a spec of this wizard" in capsys.readouterr().err


def test_what_the_design_wants_beside_the_nodes_is_told_and_so_is_a_node_that_is_listed_again(capsys) -> None:
    Path("nodes.txt").write_text("10.9.0.1\n10.9.0.1\n")
    assert new("--answers", "answers.yaml", "--nodes", "nodes.txt") == 0
    told = capsys.readouterr().err
    assert "warning: RKE2 medium wants 3 servers, 1 is listed." in told
    assert "none are listed" not in told
    assert "nodes.txt:2: " in told
    assert len(load_spec(Path("cluster.yaml")).spec.nodes) == 1


@pytest.mark.parametrize(
    ("design", "machines", "roles"),
    [
        ("rke1-single", 1, ["controlplane, etcd, worker"]),
        ("rke1-small", 3, ["controlplane, etcd, worker"] * 3),
        ("rke1-medium", 5, ["controlplane, etcd"] * 3 + ["worker"] * 2),
        ("rke1-large", 12, ["etcd"] * 5 + ["controlplane"] * 4 + ["worker"] * 3),
    ],
)
def test_rke1_is_written_where_it_is_asked_for_on_purpose(design: str, machines: int, roles: list[str]) -> None:
    loss = {"rke1-single": "none", "rke1-large": "node_in_maintenance"}.get(design, "node")
    said = f"distribution: rke1\nssh_user: ops\npods_per_node: 200\navailability: {loss}\n"
    Path("answers.yaml").write_text(said)
    Path("nodes.txt").write_text("".join(f"10.9.0.{number}\n" for number in range(1, machines + 1)))
    assert new("--answers", "answers.yaml", "--nodes", "nodes.txt", "--design", design) == 0
    spec = load_spec(Path("cluster.yaml")).spec
    assert (spec.distribution, spec.version) == ("rke1", "v1.30.14-rancher1-1")
    assert [", ".join(node.planes) for node in spec.nodes] == roles
    assert spec.rke1.services.kubelet.extra_args == {"max-pods": 200}


def test_rancherd_is_written_on_purpose_and_its_successor_with_the_same_answers(capsys) -> None:
    Path("answers.yaml").write_text(
        "distribution: rancherd\npods: 100\ndns_name: k8s.example.com\ncluster_name: host\n"
    )
    Path("nodes.txt").write_text("".join(f"10.9.0.{number}\n" for number in (1, 2, 3)))
    assert new("--answers", "answers.yaml", "--nodes", "nodes.txt", "--design", "rancherd") == 0
    old = load_spec(Path("cluster.yaml")).spec
    assert (old.distribution, old.rancherd.generation, old.rancherd.rancher_version) == ("rancherd", 2, "2.8.1")
    assert (old.source.kind, old.rancher) == ("folder", None)
    assert "--successor" in Path("cluster.yaml").read_text()
    assert new("--from", "cluster.yaml", "--successor", "-o", "next.yaml") == 0
    spec = load_spec(Path("next.yaml")).spec
    assert (spec.distribution, spec.name, spec.source.kind) == ("rke2", "host", "online")
    assert spec.rancher is not None
    assert (spec.rancher.hostname, spec.rancher.how) == ("k8s.example.com", "helm")
    assert ([n.name for n in spec.nodes], spec.network) == ([n.name for n in old.nodes], old.network)
    assert new("--from", "cluster.yaml", "--successor", "manifests", "-o", "many.yaml") == 0
    many = load_spec(Path("many.yaml")).spec
    assert many.rancher is not None
    assert many.rancher.how == "manifests"


def test_a_spec_that_wants_to_download_rancherd_leads_to_its_successor_too(capsys) -> None:
    text = (
        (Path(__file__).parent / "spec" / "rancherd.yaml")
        .read_text()
        .replace("kind: folder, path: kept", "kind: online")
    )
    Path("cluster.yaml").write_text(text)
    assert new("--from", "cluster.yaml", "--nodes", "nodes.txt", "-o", "next.yaml") == 2
    assert new("--from", "cluster.yaml", "--successor", "-o", "next.yaml") == 0
    spec = load_spec(Path("next.yaml")).spec
    assert (spec.distribution, spec.source.kind, spec.name) == ("rke2", "online", "hosted")
    Path("cluster.yaml").write_text(text.replace("address: rancher.example.com, ", ""))
    Path("name.yaml").write_text("rancher_hostname: r.example.com\n")
    assert new("--from", "cluster.yaml", "--successor", "-o", "bare.yaml") == 0
    assert "Rancher has no name yet" in capsys.readouterr().err
    assert load_spec(Path("bare.yaml")).spec.rancher is None
    assert new("--from", "cluster.yaml", "--successor", "--answers", "name.yaml", "-o", "named.yaml") == 0
    named = load_spec(Path("named.yaml")).spec.rancher
    assert named is not None
    assert named.hostname == "r.example.com"


def test_another_design_can_be_asked_for() -> None:
    assert new("--answers", "answers.yaml", "--nodes", "nodes.txt", "--design", "rke2-large") == 0
    assert "RKE2 large" in Path("cluster.yaml").read_text()


@pytest.mark.parametrize(
    ("answers", "nodes", "options", "told"),
    [
        ("podz: 3\npods: many\n", "10.9.0.1\n", (), ["answers.yaml:1: podz", "answers.yaml:2: pods"]),
        ("pods: 3\n", "10.9.0.1\n???\n", (), ["nodes.txt:2: ", "none is left out silently"]),
        ("pods: 3\n", "", (), ["nodes: none is listed"]),
        ("service_cidr: 10.42.0.0/24\n", "10.9.0.1\n", (), ["10.42.0.0/24"]),
        ("pods: 3\n", "10.9.0.1\n", ("--successor",), ["nothing to succeed", "Leave --successor out"]),
        (
            "distribution: rke1\navailability: none\n",
            "10.9.0.1\n",
            ("--design", "rke1-single"),
            ["ssh_user: is missing: RKE1 does not read ~/.ssh/config"],
        ),
        ("pods: 3\n", "10.9.0.1\n", ("--design", "rke3"), ["'rke3' is no design", "rke2-small"]),
        ("pods: 3\n", "10.9.0.1\n", ("-o", "none/c.yaml"), ["none/c.yaml: No such file", "a folder that exists"]),
        ("pods: 3\n", "10.9.0.1\n", ("-o", "."), ["Is a directory", "another file by -o"]),
        ("pods: 3\n", "10.9.0.1\n", ("--from", "none.yaml"), ["none.yaml: No such file", "cluster.yml of RKE1"]),
        ("pods: 3\n", "10.9.0.1\n", ("--nodes", "none.txt"), ["none.txt: No such file"]),
        ("pods: 3\n", "10.9.0.1\n", ("--answers", "none.yaml"), ["none.yaml: No such file"]),
    ],
)
def test_what_can_not_be_done_is_told_and_nothing_is_written(
    answers: str, nodes: str, options: tuple[str, ...], told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("answers.yaml").write_text(answers)
    Path("nodes.txt").write_text(nodes)
    assert new("--answers", "answers.yaml", "--nodes", "nodes.txt", *options) in (1, 2)
    said = capsys.readouterr().err
    assert all(text in said for text in told), said
    assert not Path("cluster.yaml").exists()


@pytest.mark.parametrize("option", ["--answers", "--nodes", "--from"])
def test_a_file_that_is_named_and_not_there_is_bad_usage(option: str) -> None:
    files = {"--answers": "answers.yaml", "--nodes": "nodes.txt", option: "none"}
    assert new(*(word for pair in files.items() for word in pair)) == 2


@pytest.mark.parametrize("words", [["new"], ["new", "--plain"], []])
def test_where_nobody_can_be_asked_the_other_way_is_named(words: list[str], capsys) -> None:
    assert main(words) == 2
    assert "new --answers FILE --nodes FILE" in capsys.readouterr().err


def test_the_list_of_nodes_may_come_from_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"10.9.0.1\n")))
    assert new("--answers", "answers.yaml", "--nodes", "-") == 0
    assert sys.stdin.buffer.read() == b""


def test_a_successor_of_the_same_name_is_no_cluster_to_go_on_with(capsys, tmp_path: Path) -> None:
    node = "nodes: [{name: n1, address: 127.0.9.11, role: server}]\n"
    Path("old.yaml").write_text(
        "apiVersion: rancher-wizard/v1\nname: prod\ndistribution: rancherd\nversion: v2.5.9\n"
        "rancherd: {generation: 1}\nsource: {kind: folder, path: kept}\n" + node
    )
    assert new("--from", "old.yaml", "--successor", "-o", "next.yaml") == 0
    run = tmp_path / "state" / "rancher-wizard" / "prod" / "rollouts" / "20260101-000000"
    run.mkdir(parents=True)
    (run / "cluster.yaml").write_bytes(Path("old.yaml").read_bytes())
    capsys.readouterr()
    assert main(["plan", "next.yaml"]) == 3
    said = capsys.readouterr().err
    assert "prod is a cluster of rancherd; none is turned into one of rke2" in said
    assert "Give the new cluster another name" in said
    (run / "cluster.yaml").write_bytes(Path("next.yaml").read_bytes())
    assert main(["plan", "next.yaml"]) == 0

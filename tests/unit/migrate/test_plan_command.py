"""`migrate plan`: what was read is said, what is written can be used, and nothing secret is in it."""

import json
import stat
from pathlib import Path

import pytest
import yaml

from tests.unit.migrate.test_inventory import SAID
from tests.unit.rke1 import states
from tests.unit.rke1.designs import DESIGNS
from wizard.cli.main import main
from wizard.hosts.output import Result
from wizard.kube.api import Kube
from wizard.migrate.ask import KINDS, ask_through
from wizard.migrate.inventory import inventory
from wizard.spec.address import overlapping
from wizard.spec.load import load_spec

CONFIG = """cluster_name: legacy
kubernetes_version: v1.24.17-rancher1-1
nodes:
  - {address: 10.0.0.11, hostname_override: m1, user: ops, role: [etcd, controlplane]}
  - {address: 10.0.0.12, hostname_override: w1, user: ops, role: [worker]}
private_registries: [{url: r.lan, user: u, password: s3cr3t-in-clear}]
"""
KUBECTL = """#!/bin/sh
# A stand-in for kubectl: it answers from a folder, and knows no kind that is not there. Whoever wants more of a Secret
# than a table gets what nobody may see.
[ "$1 $4" = "--kubeconfig get" ] || exit 9
case "$5 $*" in
  "secrets "*" -o"* | "secrets "*json*) echo '{"items": [{"data": {"release": "hush-values"}}]}'; exit ;;
  "secrets "*--selector=owner=helm*)
    echo "shop   sh.helm.release.v1.web.v9    helm.sh/release.v1   1   3d4h   web   9    superseded"
    echo "shop   sh.helm.release.v1.web.v10   helm.sh/release.v1   1   3d     web   10   deployed"
    exit ;;
esac
file="$(dirname "$0")/$(echo "$5" | cut -d. -f1).json"
[ -f "$file" ] || { echo "error: the server doesn't have a resource type \\"$5\\"" >&2; exit 1; }
cat "$file"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("KUBECONFIG", "/nowhere")
    Path("cluster.yml").write_text(CONFIG)
    return tmp_path


def kubectl(folder: Path) -> Path:
    room = folder / "api"
    room.mkdir()
    for kind, words in KINDS.items():
        if kind in SAID.objects and kind != "podsecurity":
            name = words[0].partition(".")[0]
            (room / f"{name}.json").write_text(json.dumps({"items": list(SAID.objects[kind])}))
    program = room / "kubectl"
    program.write_text(KUBECTL)
    program.chmod(0o755)
    return program


def test_all_three_are_read_and_the_plan_is_written_with_a_spec_that_loads(folder: Path, capsys) -> None:
    Path("cluster.rkestate").write_bytes(states.text(nodes=2))
    Path("kube_config_cluster.yml").write_text("kind: Config\n")
    assert main(["migrate", "plan", "cluster.yml", "--kubectl", str(kubectl(folder)), "--out", "out"]) == 0
    said = capsys.readouterr()
    assert "rkestate: read: CA " in said.err
    assert "API: read: 1 node\n" in said.err
    assert "API: namespaces: not read: " in said.err
    assert "podsecurity" not in said.err
    plan = Path("out/plan.md").read_text()
    for word in ("shop/db", "docker://27.5.1", "Rancher v2.11.3", "Way back", "Nothing is turned over in place"):
        assert word in plan
    assert "## CronJobs\n\n- shop/nightly (0 3 \\* \\* \\*, suspended)\n\nWith RKE2: the same manifests" in plan
    assert "- shop/web (chart web-1.2.3, revision 10, deployed)" in plan
    assert "- rke etcd snapshot-save --config cluster.yml --name before-rke2" in plan
    assert plan.count("RKE1 reached its end of life") == 1
    spec = load_spec(Path("out/cluster.yaml")).spec
    assert spec.name == "legacy-rke2"
    # What the API says is in use is left alone, whatever the file knows of it.
    assert overlapping((*spec.network.cluster_cidr, *spec.network.service_cidr), ["10.64.0.9/32"]) == []
    assert "| agent-1 | agent-1.invalid | w1 | 4 CPUs, 8Gi |" in plan
    record = json.loads(Path("out/plan.json").read_text())
    assert record["in_place"] is False
    assert record["inventory"]["rancher"] == "v2.11.3"
    assert [source["read"] for source in record["sources"][:3]] == [True, True, True]
    for path in Path("out").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "s3cr3t" not in path.read_text()
        assert "hush" not in path.read_text()
        assert "the key of" not in path.read_text()


def test_without_the_others_cluster_yml_is_enough_and_that_is_said(capsys) -> None:
    assert main(["migrate", "plan", "cluster.yml", "--json"]) == 0
    said = capsys.readouterr()
    record = json.loads(said.out)
    assert [(source["name"], source["read"]) for source in record["sources"]] == [
        ("cluster.yml", True),
        ("rkestate", False),
        ("API", False),
    ]
    assert "API: not read: there is no kubeconfig" in said.err
    assert "s3cr3t" not in said.out + said.err


@pytest.mark.parametrize(
    ("state", "told"),
    [(b"", "is empty"), (b"{", "is damaged"), (states.text(nodes=5), "not in the configuration: 10.0.0.13")],
)
def test_a_state_file_is_judged_not_trusted(state: bytes, told: str, capsys) -> None:
    Path("cluster.rkestate").write_bytes(state)
    assert main(["migrate", "plan", "cluster.yml"]) == 0
    assert told in capsys.readouterr().err


def test_a_kubectl_that_is_missing_or_refused_is_no_end(folder: Path, capsys) -> None:
    Path("kube_config_cluster.yml").write_text("kind: Config\n")
    assert main(["migrate", "plan", "cluster.yml", "--kubectl", "no-such-kubectl"]) == 0
    assert "no-such-kubectl is not on this machine" in capsys.readouterr().err
    program = kubectl(folder)
    (program.parent / "nodes.json").unlink()
    assert main(["migrate", "plan", "cluster.yml", "--kubectl", str(program)]) == 0
    assert "API: not read: error: the server doesn't have a resource type" in capsys.readouterr().err


def test_a_spec_of_rke1_is_as_good_as_a_cluster_yml(capsys) -> None:
    Path("cluster.yaml").write_text(DESIGNS["large"])
    assert main(["migrate", "plan", "cluster.yaml", "--out", "out"]) == 0
    spec = load_spec(Path("out/cluster.yaml")).spec
    assert (len(spec.servers), len(spec.agents)) == (5, 4)
    plan = Path("out/plan.md").read_text()
    assert "No machine for cp-1, cp-2, cp-3, cp-4." in plan
    assert "- rancher-wizard snapshot save cluster.yaml --name before-rke2" in plan
    assert "- rancher-wizard remove cluster.yaml; then" in plan


def test_what_a_spec_is_laid_over_counts_too(capsys) -> None:
    own = yaml.safe_load(CONFIG) | {"addons": "kind: Namespace\nmetadata: {name: shop}\n", "made_up": 1}
    own["nodes"] = [{"address": "10.0.0.11", "hostname_override": "all-1", "user": "ops", "role": ["etcd"]}]
    Path("own.yml").write_text(yaml.safe_dump(own))
    Path("cluster.yaml").write_text(DESIGNS["single"] + "rke1: {cluster_yml: own.yml}\n")
    assert main(["migrate", "plan", "cluster.yaml", "--json"]) == 0
    said = capsys.readouterr()
    how = {one["at"]: one["how"] for one in json.loads(said.out)["settings"]}
    assert (how["addons"], how["made_up"]) == ("hand", "unknown")
    assert "s3cr3t" not in said.out + said.err


def test_files_that_are_there_are_spared(capsys) -> None:
    assert main(["migrate", "plan", "cluster.yml", "--out", "out"]) == 0
    assert main(["migrate", "plan", "cluster.yml", "--out", "out"]) == 2
    assert "there already: plan.md, plan.json, cluster.yaml" in capsys.readouterr().err
    assert main(["migrate", "plan", "cluster.yml", "--out", "out", "--force"]) == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["none.yml"], "none.yml: No such file"),
        (["rke2.yaml"], "distribution is rke2, not rke1"),
        (["rancherd.yaml"], "RancherD's successor, with the same answers"),
        (["cluster.yml", "--avoid", "here"], "'here' is not a network"),
        (["cluster.yml", "--avoid", "0.0.0.0/0"], "no private IPv4 network is free"),
        (["cluster.yml", "--addresses", "none.txt"], "none.txt: No such file"),
        (["cluster.yml", "--addresses", "bad.txt"], "address"),
        (["cluster.yml", "--addresses", "old.txt"], "10.0.0.12 is the old cluster's w1"),
        (["cluster.yml", "--addresses", "many.txt"], "3 addresses for 2 new machines"),
        (["cluster.yml", "--kubeconfig", "none.yml"], "none.yml: no such file"),
        (["cluster.yml", "--rkestate", "none.rkestate"], "none.rkestate: no such file"),
        (["nothing.yml"], "nothing.yml: the file is empty"),
        (["list.yml"], "holds no keys and values"),
        (["empty.yml"], "nodes: none is listed"),
        (["cluster.yml", "--tunnel"], "--tunnel wants a spec"),
    ],
)
def test_what_can_not_be_used_is_told_in_one_line(words: list[str], told: str, capsys) -> None:
    rke2 = yaml.safe_load(DESIGNS["single"]) | {"distribution": "rke2", "version": "v1.34.2+rke2r1"}
    del rke2["nodes"][0]["roles"]
    Path("rke2.yaml").write_text(yaml.safe_dump(rke2))
    rancherd = rke2 | {"distribution": "rancherd", "version": "v2.5.9", "rancherd": {"generation": 1}}
    Path("rancherd.yaml").write_text(yaml.safe_dump(rancherd | {"source": {"kind": "folder", "path": "kept"}}))
    Path("bad.txt").write_text("not an address!\n")
    Path("old.txt").write_text("10.0.1.1\n10.0.0.12\n")
    Path("many.txt").write_text("10.0.1.1\n10.0.1.2\n10.0.1.3\n")
    Path("nothing.yml").write_text(" \n")
    Path("list.yml").write_text("- a\n")
    Path("empty.yml").write_text("nodes: []\n")
    assert main(["migrate", "plan", *words]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert "Traceback" not in said


def test_hostile_names_stay_text_in_the_plan(capsys) -> None:
    Path("cluster.yml").write_text(
        CONFIG.replace("legacy", '"a\\e[31mred\\u0007\\nb"').replace("r.lan", '"x|<b>`$(id)`"')
    )
    assert main(["migrate", "plan", "cluster.yml"]) == 0
    said = capsys.readouterr().out
    row = next(line for line in said.splitlines() if "registries" in line and "url" in line)
    assert row.count(" | ") == 4
    assert "<b>" not in row
    assert said.startswith("# From RKE1 to RKE2: ared b\n")
    assert not any(ord(letter) < 32 for line in said.splitlines() for letter in line)


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/nowhere"])
def test_a_folder_that_can_not_be_written_is_told_in_one_line(place: str, capsys) -> None:
    Path("file").touch()
    assert main(["migrate", "plan", "cluster.yml", "--out", place]) == 1
    assert f"{place} can't be written: " in capsys.readouterr().err


def test_no_login_of_an_address_goes_into_plan_or_spec(capsys) -> None:
    bucket = "{bucket_name: b, endpoint: 'https://u:hush-1@s3.lan'}"
    Path("cluster.yml").write_text(
        CONFIG.replace("url: r.lan,", "url: 'u:hush-2@r.lan', is_default: true,")
        + f"services: {{etcd: {{backup_config: {{s3backupconfig: {bucket}}}}}}}\n"
    )
    assert main(["migrate", "plan", "cluster.yml", "--out", "out"]) == 0
    written = "".join(file.read_text() for file in Path("out").iterdir())
    assert "hush" not in written + "".join(capsys.readouterr())
    spec = load_spec(Path("out/cluster.yaml")).spec
    assert spec.etcd.snapshots.s3.endpoint == "https://s3.lan"
    assert spec.registries.system_default_registry == "r.lan"


def test_a_bucket_that_can_not_be_used_goes_with_all_that_is_about_it() -> None:
    bucket = "{bucket_name: ' ', endpoint: s3.lan}"
    Path("cluster.yml").write_text(CONFIG + f"services: {{etcd: {{backup_config: {{s3backupconfig: {bucket}}}}}}}\n")
    assert main(["migrate", "plan", "cluster.yml", "--out", "out"]) == 0
    assert load_spec(Path("out/cluster.yaml")).spec.etcd.snapshots.s3 is None
    assert "etcd.snapshots.s3: " in Path("out/plan.md").read_text()


async def test_an_api_behind_a_node_is_asked_for_the_same_kinds() -> None:
    class Node:
        name = "m1"

        async def run(self, script, *args, **options) -> Result:
            if args[1] == "secrets":
                assert not any("json" in word for word in args)
                return Result(0, ("shop sh.helm.release.v1.web.v1 helm.sh/release.v1 1 3d web 1 deployed",))
            kind = next((kind for kind, words in KINDS.items() if words[0] == args[1]), "")
            if kind in ("crds", ""):
                return Result(1, (), ("Error from server (Forbidden): no",))
            return Result(0, (json.dumps({"items": SAID.objects.get(kind, [])}),))

    found = await ask_through(Kube(Node()))
    assert inventory(found).rancher == "v2.11.3"
    assert list(found.failed) == ["crds"]
    assert inventory(found).of("releases") == ("shop/web (chart web-1.2.3, revision 1, deployed)",)
    assert "Forbidden" in found.failed["crds"]


def test_a_spec_whose_nodes_do_not_answer_is_planned_for_all_the_same(capsys) -> None:
    Path("cluster.yaml").write_text(DESIGNS["single"].replace("10.0.0.11", "127.0.9.11"))
    assert main(["migrate", "plan", "cluster.yaml", "--tunnel", "--out", "out"]) == 0
    assert "API: not read: no kubeconfig of prod is kept on this machine" in capsys.readouterr().err

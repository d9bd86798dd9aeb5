from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.design.answering import TEXTS, outcome, some_answers, useful
from wizard.design.answers import Answers, parse_answers, to_text
from wizard.design.compose import compose_draft
from wizard.design.design import designs
from wizard.design.draft import Draft, NodeChange
from wizard.design.part import arguments, parts
from wizard.design.question import questions, read_answer
from wizard.design.read_in import read_in
from wizard.design.recommend import recommend
from wizard.errors import BadSpec
from wizard.spec.load import Loaded, read_spec
from wizard.spec.models import Spec

EXAMPLE = Path(__file__).parents[1] / "spec" / "example.yaml"
NODES = "10.9.0.[11-19]\n"
BUILDABLE = [design.key for design in designs() if design.distribution == "rke2"]


def loaded(text: str) -> Loaded:
    return read_spec(text.encode(), name="cluster.yaml")


def answers(**said: str) -> Answers:
    found = Answers()
    for key, text in said.items():
        found = found.given(key, read_answer(questions()[key], text))
    return found


def problems(draft: Draft) -> str:
    with pytest.raises(BadSpec) as caught:
        compose_draft(draft)
    return "\n".join(caught.value.problems)


def nodes_in_order(spec: Spec) -> Spec:
    return spec.model_copy(update={"nodes": tuple(sorted(spec.nodes, key=lambda node: node.name))})


@settings(max_examples=60)
@given(some_answers(), st.sampled_from([None, *(design.key for design in designs())]), st.integers(1, 9))
def test_what_is_composed_loads_and_is_the_same_each_time(said: Answers, design: str | None, nodes: int) -> None:
    draft = Draft(answers=said, nodes_text="".join(f"192.0.2.{n}\n" for n in range(1, nodes + 1)), design=design)
    text = outcome(lambda: compose_draft(draft))
    if not isinstance(text, str):
        assert isinstance(text, BadSpec)
        assert all(problem.isprintable() for problem in text.problems)
        return
    # compose has loaded it already, and would have refused it.
    assert (
        compose_draft(Draft(answers=parse_answers(to_text(said), "a"), nodes_text=draft.nodes_text, design=design))
        == text
    )


@settings(max_examples=60)
@given(some_answers())
def test_a_spec_opened_for_change_and_not_changed_stays_as_it_is(said: Answers) -> None:
    text = outcome(lambda: compose_draft(Draft(answers=said, nodes_text="192.0.2.[1-5]")))
    if isinstance(text, str):
        again = compose_draft(read_in(text.encode(), "cluster.yaml").draft)
        assert loaded(again).spec == loaded(text).spec


def test_every_field_of_a_spec_is_carried_through_a_change() -> None:
    draft = read_in(EXAMPLE.read_bytes(), "cluster.yaml").draft
    assert nodes_in_order(loaded(compose_draft(draft)).spec) == nodes_in_order(loaded(EXAMPLE.read_text()).spec)
    changed = draft.answered(draft.answers.given("version", "v1.35.7+rke2r1").given("s3_bucket", "other"))
    spec = loaded(compose_draft(changed)).spec
    assert spec.version == "v1.35.7+rke2r1"
    assert spec.etcd.snapshots.s3
    assert (spec.etcd.snapshots.s3.bucket, spec.etcd.snapshots.s3.endpoint_ca) == ("other", "/etc/ssl/s3-ca.pem")


def test_what_a_spec_leaves_to_its_defaults_stays_there() -> None:
    least = {"version": "v1.34.2+rke2r1", "nodes": "[{name: cp-1, address: 10.9.0.1, role: server}]"}
    head = "apiVersion: rancher-wizard/v1\nname: prod\ndistribution: rke2\n"
    more = "rollout: {workers: {canary: 1}}\n"
    text = head + "".join(f"{key}: {value}\n" for key, value in least.items()) + more
    again = loaded(compose_draft(read_in(text.encode(), "cluster.yaml").draft)).spec
    assert again == loaded(text).spec
    assert (again.ingress, again.etcd.snapshots.retention, again.rollout.workers.soak_s) == (None, 5, 0)


@pytest.mark.parametrize("key", BUILDABLE)
def test_each_design_of_rke2_can_be_compose_draft(key: str) -> None:
    said = answers(data_centres="2") if key in ("rke2-two-sites", "rke2-cluster-per-site") else answers(zones="3")
    said = answers(availability="none") if key == "rke2-single" else said
    assert loaded(compose_draft(Draft(answers=said, nodes_text=NODES, design=key))).spec.servers


def test_all_that_stands_in_the_way_is_told_at_once() -> None:
    said = problems(Draft(answers=answers(backup="s3", s3_access_key="env:KEY", service_cidr="10.42.0.0/24")))
    assert "nodes: none is listed" in said
    assert "s3_access_key" in said
    assert "10.42.0.0/24" in said


def test_what_only_the_whole_spec_shows_is_told_by_its_question() -> None:
    said = problems(Draft(answers=answers(service_cidr="fd00::/56"), nodes_text=NODES))
    assert "service_cidr: is IPv6, cluster_cidr is IPv4" in said
    assert "10.42.0.7" in problems(Draft(nodes_text="10.42.0.7"))


def test_answers_end_in_the_fields_they_are_about() -> None:
    spec = loaded(
        compose_draft(
            Draft(
                answers=answers(
                    cluster_name="prod",
                    dns_name="rke2.example.com",
                    vip="192.0.2.10",
                    ssh_user="ops",
                    ssh_bastion="ops@jump:2222",
                    airgap="folder",
                    release_folder="/srv/rke2",
                    registry="reg:5000",
                    cis="yes",
                    backup="s3",
                    s3_bucket="snaps",
                    s3_access_key="env:KEY",
                    s3_secret_key="file:~/.key",
                    backup_hours="6",
                    prepare="swap_off, firewall",
                    pods_per_node="150",
                    node_mask="23",
                    canary="2",
                    workers_at_once="3",
                    dual_stack="yes",
                    token="env:TOKEN",
                ),
                nodes_text=NODES,
            )
        )
    ).spec
    assert spec.name == "prod"
    assert spec.registration.address == "rke2.example.com"
    assert (spec.balancer and spec.balancer.kind, spec.balancer and spec.balancer.vip) == ("external", "192.0.2.10")
    assert spec.all_tls_sans == ("rke2.example.com", "192.0.2.10")
    assert spec.ssh.bastion
    assert (spec.ssh.user, spec.ssh.bastion.port) == ("ops", 2222)
    assert (spec.source.kind, str(spec.source.path)) == ("folder", "/srv/rke2")
    assert spec.registries.system_default_registry == "reg:5000"
    assert spec.security.profile == "cis"
    assert spec.etcd.snapshots.s3
    assert spec.etcd.snapshots.s3.access_key
    assert spec.etcd.snapshots.s3.access_key.env == "KEY"
    assert spec.etcd.snapshots.schedule == "0 */6 * * *"
    assert (spec.prepare.swap_off, spec.prepare.firewall, spec.prepare.sysctl) == (True, "open", False)
    assert spec.options.agent["kubelet-arg"] == ("max-pods=150",)
    assert spec.options.server["kube-controller-manager-arg"] == ("node-cidr-mask-size-ipv4=23",)
    assert (spec.rollout.workers.canary, spec.rollout.workers.soak_s, spec.rollout.workers.at_once) == (2, 300, 3)
    assert spec.network.dual_stack
    assert spec.token


def test_what_was_set_for_a_node_holds() -> None:
    draft = Draft(nodes_text=NODES).changed("10.9.0.19", NodeChange(name="cp-9", role="server", zone="c"))
    assert (node := loaded(compose_draft(draft)).spec.node("cp-9")).role == "server"
    assert node.zone == "c"


def test_a_node_with_a_gpu_gets_what_its_pool_wants() -> None:
    draft = Draft(answers=answers(gpu="yes", pods="300"), nodes_text="10.9.0.[1-8]\n10.9.0.9 name=gpu-1\n")
    node = loaded(compose_draft(draft)).spec.node("gpu-1")
    assert node.labels == {"nvidia.com/gpu.present": "true"}
    assert node.taints == ("nvidia.com/gpu=present:NoSchedule",)


def test_servers_alone_work_too() -> None:
    spec = loaded(compose_draft(Draft(nodes_text="10.9.0.[1-3]", design="rke2-medium"))).spec
    assert not any(node.taints for node in spec.nodes)


def test_the_file_says_why_it_is_so_and_what_was_assumed() -> None:
    text = compose_draft(Draft(answers=answers(pods="300").left("latency_ms").left("vip"), nodes_text=NODES))
    head = text.partition("apiVersion")[0]
    assert "You said 300 pods" in head
    assert "Which virtual IP address leads to the servers? nodes join" in head.replace("\n#   ", " ")
    assert all(line.startswith("#") for line in head.splitlines() if line)


def test_what_an_earlier_answer_needed_goes_with_it() -> None:
    draft = read_in(EXAMPLE.read_bytes(), "cluster.yaml").draft
    changed = draft.answers.given("backup", "local").given("airgap", "folder").given("release_folder", "release")
    spec = loaded(compose_draft(draft.answered(changed))).spec
    assert spec.etcd.snapshots.s3 is None
    assert (spec.source.kind, spec.source.mirror) == ("folder", None)


def led_to(said: Answers) -> object:
    return recommend(said), tuple(parts(said)), tuple(arguments(said))


@pytest.mark.parametrize("key", list(questions()))
def test_no_question_is_asked_for_nothing(key: str) -> None:
    question, said = questions()[key], useful(key)
    texts = [choice.value for choice in question.choices] or {
        "yes_no": ["yes", "no"],
        "number": [str(question.most), str(question.least)],
    }.get(question.kind, TEXTS[question.check] if question.check else [])
    others = [said.given(key, read_answer(question, text)) for text in texts]
    assert all(key in {one.key for one in other.asked} for other in others)
    moved = [text for text, other in zip(texts, others, strict=True) if led_to(other) != led_to(said)]
    assert len(moved) >= len(texts) - 1 - (question.kind in ("text", "list"))


@pytest.mark.parametrize(
    ("said", "note"),
    [
        ({"balancer": "external"}, "health checked on 6443"),
        ({"vip_carrier": "keepalived"}, "protocol 112"),
        ({"balancer": "haproxy", "balancer_nodes": "10.8.0.1, 10.8.0.2"}, "set up on 10.8.0.1 and 10.8.0.2"),
        ({"balancer": "haproxy", "balancer_nodes": "10.8.0.1, 10.8.0.2"}, "protocol 112"),
        ({"balancer": "haproxy"}, "not named yet"),
        ({"balancer": "haproxy-single", "balancer_nodes": "10.8.0.1", "balancer_mode": "http"}, "a CA of the wizard's"),
        ({"balancer": "kube-vip", "vip": "192.0.2.10"}, "kube-vip carries 192.0.2.10"),
        ({"balancer": "kube-vip"}, "no address to carry yet"),
        ({"dns_name": "rke2.example.com", "vip": "192.0.2.10"}, "rke2.example.com must lead to 192.0.2.10"),
        ({"balancer": "dns"}, "Round-robin DNS"),
        ({"balancer": "none"}, "no other node can join"),
        ({"dns_name": "rke2.example.com"}, "rke2.example.com must lead to the servers"),
        ({"balancer": "external"}, "No name and no virtual IP is given yet"),
    ],
)
def test_the_way_in_says_what_it_needs(said: dict[str, str], note: str) -> None:
    assert note in "\n".join(recommend(answers(**said)).notes)
    assert note not in "\n".join(recommend(answers(availability="none", **said)).notes)


def test_metallb_gets_the_addresses_that_were_named_and_gives_them_back_when_opened() -> None:
    said = answers(metallb="yes", metallb_pool="10.9.1.0/28, 10.9.2.1-10.9.2.9")
    text = compose_draft(Draft(answers=said, nodes_text=NODES))
    metallb = loaded(text).spec.metallb
    assert metallb is not None
    assert metallb.pools[0].addresses == ("10.9.1.0/28", "10.9.2.1-10.9.2.9")
    assert metallb.expose_ingress is not None
    again = read_in(text.encode(), "cluster.yaml", said).draft
    assert again.answers["metallb_pool"] == said["metallb_pool"]
    without = again.answered(again.answers.given("metallb_ingress", False))
    assert loaded(compose_draft(without)).spec.metallb == metallb.model_copy(update={"expose_ingress": None})
    taken = answers(metallb="yes", metallb_pool="10.9.0.0/24")
    assert "an address of" in problems(Draft(answers=taken, nodes_text=NODES))


def test_what_opens_snapshots_and_where_files_come_from_is_told_as_the_distribution_has_it() -> None:
    said = (answers(distribution=each, ssh_user="ops") for each in ("rke1", "rancherd"))
    old, gone = (compose_draft(Draft(answers=each, nodes_text=NODES)) for each in said)
    assert "keep cluster.yml and cluster.rkestate with them" in " ".join(old.replace("#", "").split())
    assert "token" not in old
    assert "Can the nodes reach the internet?" in old
    assert "Can the nodes reach the internet?" not in gone


def test_nodes_of_rke1_join_at_no_balancer() -> None:
    notes = "\n".join(recommend(answers(distribution="rke1", balancer="external")).notes)
    assert "nginx-proxy" in notes
    assert "9345" not in notes


def test_storage_stands_in_the_spec_where_applications_keep_data() -> None:
    shared = answers(storage="longhorn", access_mode="rwx")
    storage = loaded(compose_draft(Draft(answers=shared, nodes_text=NODES))).spec.storage
    assert (storage.kind, storage.shared) == ("longhorn", True)
    own = answers(storage="longhorn", volumes_path="/srv/volumes")
    assert loaded(compose_draft(Draft(answers=own, nodes_text=NODES))).spec.storage.path == "/srv/volumes"
    half = answers(storage="nfs", nfs_server="nfs.example.com")
    assert "nfs_server: stands without export" in problems(Draft(answers=half, nodes_text=NODES))
    assert "storage:" not in compose_draft(Draft(answers=answers(storage="none"), nodes_text=NODES))

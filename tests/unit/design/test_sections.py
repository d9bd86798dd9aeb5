"""What stands in front of a cluster and on top of it, from the questions to the spec, to the plan, and back."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.design.answering import outcome, values
from wizard.cli.main import main
from wizard.design.answers import Answers, parse_answers, to_text
from wizard.design.compose import compose_draft
from wizard.design.draft import Draft
from wizard.design.question import asked, questions, read_answer
from wizard.design.read_in import open_file, read_in
from wizard.design.recommend import recommend
from wizard.design.writing import write_spec
from wizard.errors import BadSpec
from wizard.spec.load import read_spec
from wizard.spec.models import Spec

NODES = "10.9.0.[11-15]\n"
PAIR = {"balancer": "haproxy", "balancer_nodes": "10.8.0.1, ops@10.8.0.2:2222", "vip": "10.8.0.9"}
RANCHER = {"rancher": "yes", "rancher_hostname": "rancher.example.com"}
MINE = {"rancher_tls": "secret", "rancher_cert": "r.crt", "rancher_key": "r.key", "rancher_ca": "ca.crt"}
ENDED = {**PAIR, **RANCHER, "balancer_mode": "http", "balancer_hosts": "*.apps.example.com"}


def answers(**said: str) -> Answers:
    found = Answers()
    for key, text in said.items():
        found = found.given(key, read_answer(questions()[key], text))
    return found


def spec_of(**said: str) -> Spec:
    text = compose_draft(Draft(answers=answers(**said), nodes_text=NODES))
    return read_spec(text.encode(), name="cluster.yaml").spec


def problems(**said: str) -> str:
    with pytest.raises(BadSpec) as caught:
        compose_draft(Draft(answers=answers(**said), nodes_text=NODES))
    return "\n".join(caught.value.problems)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (PAIR, ["Balancers: 2 nodes", "lb-1:/etc/haproxy", "lb-2:/etc/keepalived", "10.8.0.9"]),
        (
            {"balancer": "haproxy-single", "balancer_nodes": "front=10.8.0.1"},
            ["Balancers: 1 node", "front:/etc/haproxy"],
        ),
        ({"balancer": "kube-vip", "vip": "10.9.0.9"}, ["kube-vip", "10.9.0.9"]),
        ({"balancer": "external", "vip": "10.9.0.9"}, ["10.9.0.9"]),
        ({"metallb": "yes", "metallb_pool": "10.9.0.240/28"}, ["MetalLB", "10.9.0.240/28"]),
        ({**PAIR, **RANCHER}, ["Balancers: 2 nodes", "Rancher 2.14.3", "cert-manager", "rancher.example.com"]),
        ({**RANCHER, **MINE}, ["Rancher 2.14.3"]),
        (ENDED, ["Balancers: 2 nodes", "Rancher 2.14.3", "rancher.example.com", "apps.example.com"]),
    ],
)
def test_the_plan_holds_what_was_answered(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    said: dict[str, str],
    shown: list[str],
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "nodes").write_text(NODES)
    (tmp_path / "a.yaml").write_text("".join(f"{key}: '{text}'\n" for key, text in said.items()))
    spec = tmp_path / "cluster.yaml"
    given = ("--answers", str(tmp_path / "a.yaml"), "--nodes", str(tmp_path / "nodes"), "-o", str(spec))
    assert main(["new", *given]) == 0
    assert parse_answers((tmp_path / "cluster.answers.yaml").read_text(), "a").said == answers(**said).said
    capsys.readouterr()
    assert main(["plan", str(spec), "--offline"]) == 0
    plan = capsys.readouterr().out
    assert [text for text in shown if text not in plan] == []


def test_machines_keep_what_was_written_of_them() -> None:
    front = spec_of(**PAIR, balancer_inner="10.7.0.1, 10.7.0.2", vip_interface="eth1").balancer
    assert front
    assert [(each.name, each.address, each.inner_address) for each in front.nodes] == [
        ("lb-1", "10.8.0.1", "10.7.0.1"),
        ("lb-2", "10.8.0.2", "10.7.0.2"),
    ]
    assert (front.nodes[1].ssh.user, front.nodes[1].ssh.port, front.interface) == ("ops", 2222, "eth1")


def test_nodes_join_at_the_balancer_and_its_address_stands_in_the_certificate() -> None:
    spec = spec_of(**PAIR)
    assert (spec.registration.address, spec.registration_address) == (None, "10.8.0.9")
    named = spec_of(**PAIR, dns_name="rke2.example.com")
    assert named.all_tls_sans == ("rke2.example.com", "10.8.0.9")


def test_tls_ends_once_and_the_balancer_knows_ranchers_name() -> None:
    spec = spec_of(**ENDED, balancer_cert="front.crt", balancer_key="front.key")
    assert spec.balancer
    assert spec.rancher
    assert (spec.balancer.mode, spec.rancher.tls) == ("http", "external")
    assert spec.balancer.hosts == ("*.apps.example.com", "rancher.example.com")
    assert str(spec.balancer.tls.certificate) == "front.crt"
    keys = {question.key for question in asked(answers(**ENDED))}
    assert "rancher_tls" not in keys
    assert {"rancher_ca", "balancer_hosts"} <= keys
    assert spec_of(**ENDED | {"rancher_hostname": "rancher.apps.example.com"}).balancer.hosts == ("*.apps.example.com",)  # type: ignore[union-attr]


def test_nobody_is_asked_for_what_is_not_needed() -> None:
    keys = {question.key for question in asked(Answers())}
    assert {key for key in keys if key.startswith(("balancer_", "metallb_", "rancher_", "bundle_"))} == set()
    single = {question.key for question in asked(answers(**PAIR | {"balancer": "haproxy-single"}))}
    assert not single & {"vip", "vip_interface", "vip_carrier"}
    assert "vip_carrier" not in {question.key for question in asked(answers(**PAIR))}


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (PAIR | {"balancer_nodes": "10.8.0.1"}, "balancer_nodes: 1 machine for a pair of HAProxy"),
        (PAIR | {"balancer": "haproxy-single"}, "balancer_nodes: 2 machines for HAProxy on one machine"),
        (PAIR | {"balancer_inner": "10.7.0.1"}, "balancer_inner: 1 for 2 machines"),
        (PAIR | {"vip": "none"}, "vip: is missing"),
        (PAIR | {"vip": "10.9.0.11"}, "vip: '10.9.0.11' is an address of"),
        (PAIR | {"balancer_nodes": "10.9.0.11, 10.8.0.2"}, "balancer_nodes: '10.9.0.11' is an address of"),
        (PAIR | {"balancer_mode": "http"}, "balancer_hosts: is empty"),
        (ENDED | {"balancer_cert": "front.crt"}, "balancer_cert: stands without key"),
        (PAIR | RANCHER | {"rancher_tls": "external"}, "rancher_tls: is external, and haproxy passes TLS through"),
        (RANCHER | {"rancher_tls": "letsEncrypt"}, "rancher_email: is missing"),
        (RANCHER | {"rancher_tls": "secret", "rancher_cert": "r.crt"}, "rancher_key: is missing"),
        (RANCHER | {"rancher_version": "2.12.3"}, "rancher_version: Rancher 2.12.3 is for Kubernetes"),
        (RANCHER | {"ingress": "none"}, "ingress: Rancher is reached by an ingress"),
        ({"metallb": "yes", "metallb_pool": "10.9.0.0/24"}, "metallb_pool: 10.9.0.0/24 holds"),
    ],
)
def test_what_does_not_go_together_is_told_by_its_question(said: dict[str, str], problem: str) -> None:
    assert problem in problems(**said)


@pytest.mark.parametrize(
    ("key", "text", "what"),
    [
        ("balancer_nodes", "a=b=c d", "'a=b' is not a node name"),
        ("balancer_nodes", "10.0.0.5:99999", "can not be used"),
        ("balancer_nodes", "Lb_1=10.0.0.5", "is not a"),
        ("balancer_nodes", "ops@", "is not a machine"),
        ("balancer_nodes", "10.0.0.5:", "is not a machine"),
        ("balancer_nodes", "=10.0.0.5", "is not a machine"),
        ("balancer_hosts", "*", "is not a host name"),
        ("balancer_hosts", "a.example.com;drop", "is not a host name"),
        ("vip_interface", "eth0;reboot", "is not the name of an interface"),
        ("rancher_hostname", "*.example.com", "is not a full host name"),
        ("rancher_version", "v2.14.3", "has no v"),
        ("rancher_email", "me", "is not a mail address"),
        ("rancher_replicas", "26", "out of range"),
    ],
)
def test_what_can_not_be_meant_is_refused_where_it_is_typed(key: str, text: str, what: str) -> None:
    said = outcome(lambda: read_answer(questions()[key], text))
    assert what in str(said)


@pytest.mark.parametrize(
    ("said", "note"),
    [
        ({**PAIR, **RANCHER}, "rancher.example.com must lead to 10.8.0.9"),
        (
            {"balancer": "none", "metallb": "yes", "metallb_pool": "10.9.0.240/28", **RANCHER},
            "must lead to the address that MetalLB gives",
        ),
        (RANCHER | {"balancer": "none"}, "must lead to the nodes that run the ingress"),
        ({"rancher": "yes"}, "Rancher has no name yet"),
        ({"metallb": "yes"}, "MetalLB has no addresses to give yet"),
    ],
)
def test_what_is_to_be_seen_to_is_told(said: dict[str, str], note: str) -> None:
    assert note in "\n".join(recommend(answers(**said)).notes)


def test_a_bundle_is_where_everything_comes_from() -> None:
    spec = spec_of(airgap="bundle", bundle_file="/srv/site.rwb", bundle_key="site.pub", **RANCHER)
    assert (spec.source.kind, str(spec.source.path), str(spec.source.key)) == ("bundle", "/srv/site.rwb", "site.pub")
    assert spec.rancher
    assert spec.rancher.bundled_catalogs
    assert spec_of(airgap="bundle").source.key is None
    folder = spec_of(airgap="folder", **RANCHER, rancher_charts="charts").rancher
    assert folder
    assert (str(folder.charts), folder.bundled_catalogs) == ("charts", True)


def test_another_way_in_leaves_nothing_of_the_former_behind() -> None:
    text = compose_draft(Draft(answers=answers(**ENDED), nodes_text=NODES)).replace(
        "balancer:\n", "balancer:\n  router_id: 77\n  stats: {port: 9000}\n"
    )
    draft = read_in(text.encode(), "cluster.yaml").draft
    kept = read_spec(compose_draft(draft).encode(), name="c").spec
    assert kept == read_spec(text.encode(), name="c").spec
    other = draft.answers
    for key, value in {"balancer": "kube-vip", "vip": "10.9.0.9", "rancher": False}.items():
        other = other.given(key, value)
    spec = read_spec(compose_draft(draft.answered(other)).encode(), name="c").spec
    assert spec.rancher is None
    assert spec.balancer
    assert (spec.balancer.kind, spec.balancer.nodes, spec.balancer.router_id) == ("kube-vip", (), 51)
    none = draft.answered(draft.answers.given("balancer", "none").given("rancher", False))
    assert read_spec(compose_draft(none).encode(), name="c").spec.balancer is None


def test_a_balancer_that_no_words_can_say_is_carried_whole() -> None:
    machine = "    ssh: {key: ~/.ssh/lb}\n"
    text = compose_draft(Draft(answers=answers(balancer="haproxy-single", balancer_nodes="10.8.0.1"), nodes_text=NODES))
    text = text.replace("      address: 10.8.0.1\n", f"      address: 10.8.0.1\n  {machine}")
    spec = read_spec(text.encode(), name="c").spec
    assert spec.balancer
    assert str(spec.balancer.nodes[0].ssh.key) == "~/.ssh/lb"
    assert read_spec(compose_draft(read_in(text.encode(), "c").draft).encode(), name="c").spec == spec


def test_an_address_to_join_at_becomes_that_of_a_balancer() -> None:
    text = compose_draft(Draft(nodes_text="10.9.0.[11-13]")) + "registration: {address: 10.9.0.9}\n"
    spec = read_spec(compose_draft(read_in(text.encode(), "c").draft).encode(), name="c").spec
    assert spec.balancer
    assert (spec.balancer.kind, spec.registration_address) == ("external", "10.9.0.9")


IN_SECTIONS = [key for key, question in questions().items() if question.section in ("front", "rancher")]
OTHERS = ["rancher", "airgap", "ingress", "bundle_key"]


@st.composite
def about_sections(draw: st.DrawFn) -> Answers:
    """Return answers on all that stands in front and on top, most of them of use together."""
    found = Answers()
    for key in (*OTHERS, *IN_SECTIONS):
        said = draw(st.integers(0, 4))
        if said:
            found = found.given(key, draw(values(questions()[key])))
        elif draw(st.booleans()):
            found = found.left(key)
    if draw(st.booleans()):
        pair = draw(st.sampled_from(["haproxy", "haproxy-single"]))
        names = ("192.0.2.201", "b=ops@192.0.2.202")[: 1 + (pair == "haproxy")]
        found = found.given("balancer", pair).given("balancer_nodes", names).given("balancer_inner", ())
        found = found.given("vip", "10.0.0.10")
    return found


@settings(max_examples=80)
@given(about_sections())
def test_sections_come_back_byte_for_byte_and_stay_as_they_are_without_answers(said: Answers) -> None:
    text = outcome(lambda: compose_draft(Draft(answers=said, nodes_text="192.0.2.[1-5]")))
    if not isinstance(text, str):
        assert isinstance(text, BadSpec)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "cluster.yaml")
        write_spec(path, text, parse_answers(to_text(said), "a"))
        assert compose_draft(open_file(path).draft) == text
    alone = compose_draft(read_in(text.encode(), "cluster.yaml").draft)
    assert read_spec(alone.encode(), name="c").spec == read_spec(text.encode(), name="c").spec

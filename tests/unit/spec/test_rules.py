"""Networks, shares, schedules, tokens and references, by their properties."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from tests.unit.spec.specs import HEAD, nodes, problems, read
from wizard.errors import BadSpec
from wizard.secret import Secret
from wizard.spec.address import overlap, same_form
from wizard.spec.cron import cron
from wizard.spec.option_rule import known_options
from wizard.spec.reference import SecretRef
from wizard.spec.share import share
from wizard.spec.token import check_token, token_warning

SHARES = st.integers(0, 5000) | st.integers(0, 100).map(lambda percent: f"{percent}%")
NETWORKS = st.builds(
    lambda number, prefix: ipaddress.IPv4Network((number, prefix), strict=False),
    st.integers(0, 2**32 - 1),
    st.integers(0, 32),
) | st.builds(
    lambda number, prefix: ipaddress.IPv6Network((number, prefix), strict=False),
    st.integers(0, 2**128 - 1),
    st.integers(0, 128),
)


@given(SHARES, st.integers(0, 5000))
def test_a_share_is_never_more_than_the_whole(value, of):
    assert 0 <= share(value, of) <= of


@given(st.integers(1, 100), st.integers(1, 5000))
def test_a_percentage_rounds_up_and_is_never_nothing(percent, of):
    count = share(f"{percent}%", of)
    assert count >= 1
    assert (count - 1) * 100 < percent * of <= count * 100


@given(st.integers(0, 99), st.integers(0, 4999))
def test_a_share_grows_with_the_percentage_and_with_the_whole(percent, of):
    assert share(f"{percent}%", of) <= share(f"{percent + 1}%", of)
    assert share(f"{percent}%", of) <= share(f"{percent}%", of + 1)


@pytest.mark.parametrize(
    ("value", "of", "count"),
    [("10%", 97, 10), ("10%", 4, 1), ("7%", 100, 7), ("0%", 9, 0), (0, 9, 0), (5, 3, 3), ("100%", 7, 7), ("10%", 0, 0)],
)
def test_shares_as_an_operator_would_reckon_them(value, of, count):
    assert share(value, of) == count


def test_a_rollout_works_on_at_least_one_agent_and_may_allow_no_failure():
    spec = read(HEAD + "rollout: {workers: {at_once: 1%, max_failed: 0}}\n").spec
    assert [spec.workers_at_once(agents) for agents in (0, 1, 50, 200)] == [0, 1, 1, 2]
    assert spec.max_failed(50) == 0


@given(NETWORKS, NETWORKS)
def test_overlap_is_the_same_from_both_sides(one, other):
    assert overlap(one, other) == overlap(other, one)


@given(NETWORKS)
def test_every_network_overlaps_itself(network):
    assert overlap(network, network)


@given(st.integers(0, 2**128 - 1))
def test_every_spelling_of_an_address_has_one_form(number):
    ip = ipaddress.IPv6Address(number)
    assert same_form(str(ip)) == same_form(ip.exploded.upper())


@pytest.mark.parametrize(
    "text", ["0 */12 * * *", "@daily", "@every 6h", "@every 1h30m", "5,10 0-6 1 jan,mar mon-fri", "*/15 * ? * *"]
)
def test_schedules_that_rke2_reads_pass(text):
    assert cron(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 7",
        "*/0 * * * *",
        "5-1 * * * *",
        "@never",
        "@every 6",
        "a * * * *",
        "1,,2 * * * *",
    ],
)
def test_schedules_that_rke2_does_not_read_are_refused(text):
    with pytest.raises(PydanticCustomError):
        cron(text)


@pytest.mark.parametrize(
    ("token", "part"),
    [
        ("K10" + "a" * 40, "K10"),
        ("abc123.0123456789abcdef", "bootstrap"),
        ("with spaces and more text", "characters that break"),
        ("päßwörter-are-not-good", "characters that break"),
        ("short", "5 characters"),
        ("line-end-at-its-end-0123\n", "characters that break"),
        ("", "0 characters"),
    ],
)
def test_a_token_that_rke2_would_not_take_is_refused_without_being_quoted(token, part):
    message = check_token(Secret(token))
    assert message is not None
    assert part in message
    assert not token.strip() or token.strip() not in message


def test_a_good_token_passes_and_a_short_one_is_warned_of():
    assert check_token(Secret("a" * 16)) is None
    assert token_warning(Secret("a" * 16)) is not None
    assert token_warning(Secret("a" * 32)) is None


def test_a_secret_is_read_from_its_variable(monkeypatch, tmp_path):
    monkeypatch.setenv("MY_TOKEN", "hidden")
    assert SecretRef(env="MY_TOKEN").read(tmp_path) == Secret("hidden")
    monkeypatch.delenv("MY_TOKEN")
    with pytest.raises(BadSpec, match="MY_TOKEN: the environment variable is not set"):
        SecretRef(env="MY_TOKEN").read(tmp_path)


def test_a_secret_is_read_from_a_file_beside_the_spec(tmp_path):
    (tmp_path / "token").write_text("hidden\n")
    spec = read(HEAD + "token: {file: token}\n").spec
    assert spec.token is not None
    assert spec.token.read(tmp_path) == Secret("hidden")


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe", b"x" * 70_000])
def test_a_file_without_a_usable_secret_is_named(tmp_path, content):
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    with pytest.raises(BadSpec, match="token: ") as caught:
        read(HEAD + "token: {file: token}\n").spec.token.read(tmp_path)
    assert caught.value.hint


def test_every_known_option_says_who_reads_it_and_where_that_is_written():
    assert len(known_options()) > 100
    for name, option in known_options().items():
        assert option.role in ("server", "both"), name
        assert option.source, name


WARNINGS = [
    (
        "  - {name: cp-2, address: 10.0.0.12, role: server}\nregistration: {address: rke2.example.com}\n",
        ["5: nodes: 2 servers outlive 0 failures, as 1 would; an odd number is better"],
    ),
    (
        "  - {name: cp-2, address: 10.0.0.12, role: server}\n  - {name: cp-3, address: 10.0.0.13, role: server}\n",
        [
            "1: registration: nodes join at the address of cp-1; while it is down, none can; "
            "a virtual IP, a balancer or a name with all servers"
        ],
    ),
    (
        "rollout: {workers: {canary: 1, soak_s: 5}}\n",
        ["8: rollout.workers.canary: 1 canaries of 1 agents leave none for later; fewer"],
    ),
    ("rollout: {workers: {soak_s: 5}}\n", ["8: rollout.workers.soak_s: nothing soaks without a canary; canary: 1"]),
    (
        "etcd: {snapshots: {enabled: false, s3: {bucket: b}}}\n",
        ["8: etcd.snapshots.s3: scheduled snapshots are off, so none is copied; enabled: true"],
    ),
]


@pytest.mark.parametrize(("text", "warnings"), WARNINGS)
def test_what_is_worth_a_second_thought_warns_and_loads(text, warnings):
    assert [warning.removeprefix("cluster.yaml:") for warning in read(HEAD + text).warnings] == warnings


def test_many_servers_and_a_lack_of_room_for_workloads_warn():
    servers = "".join(
        f"  - {{name: s{i}, address: 10.0.1.{i}, role: server, taints: ['a=b:NoExecute']}}\n" for i in range(9)
    )
    text = HEAD.partition("  - ")[0] + servers + "registration: {address: rke2.example.com}\n"
    assert read(text).warnings == (
        "cluster.yaml:5: nodes: 9 servers make each write to etcd wait for 5; 3 or 5 do for most",
        "cluster.yaml:5: nodes: all nodes are tainted servers: ingress and workloads have no place; add an agent",
    )


@pytest.mark.parametrize(
    ("storage", "problem"),
    [
        ("{kind: nfs, path: /srv}", "storage.path: is not read when kind is nfs"),
        ("{server: nfs.example.com, export: /srv}", "storage.server: is not read when kind is none"),
        ("{kind: nfs, server: nfs.example.com}", "storage.server: stands without export"),
    ],
)
def test_storage_is_told_what_its_kind_reads_and_no_more(storage, problem):
    assert any(problem in each for each in problems(HEAD + f"storage: {storage}\n"))


def test_applications_run_where_no_taint_keeps_them_away():
    server = 'name: a, address: 10.0.0.1, role: server, taints: ["CriticalAddonsOnly=true:NoExecute"]'
    agent = 'name: b, address: 10.0.0.2, role: agent, taints: ["spot=true:PreferNoSchedule"]'
    spec = read(nodes(server, agent)).spec
    assert [node.name for node in spec.nodes if spec.runs_applications(node)] == ["b"]


def test_the_controller_of_upgrades_is_for_those_who_go_by_it():
    (said,) = problems(HEAD + "upgrade: {by: ssh, controller: [crd.yaml]}\n")
    assert "upgrade.controller: is not read when by is" in said
    assert read(HEAD + "upgrade: {controller: [crd.yaml]}\n").spec.upgrade.by == "auto"
    rke1 = HEAD.replace("distribution: rke2", "distribution: rke1").replace("v1.34.2+rke2r1", "v1.30.14-rancher1-1")
    assert any(
        "upgrade.by: 'controller' is not for rke1" in each for each in problems(rke1 + "upgrade: {by: controller}\n")
    )

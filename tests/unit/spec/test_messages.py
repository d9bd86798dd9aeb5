"""Each wrong spec with the exact words that the operator reads."""

import traceback

import pytest

from tests.unit.spec.specs import HEAD, nodes, problems, read
from wizard.errors import BadSpec

NEW_LINE = HEAD.count("\n") + 1  # where text after HEAD begins


ONE_FIELD = [
    ("ingres: none", "ingres: unknown key; did you mean 'ingress'?"),
    ("ingress: nginx", "ingress: 'nginx' is not an ingress controller; one of traefik, ingress-nginx, none"),
    ("ssh: {port: 99999}", "ssh.port: '99999' is too large; at most 65535"),
    ("ssh: {port: 0}", "ssh.port: '0' is too small; at least 1"),
    ("ssh: {port: '22'}", "ssh.port: '22' is not a whole number"),
    ("ssh: {user: 1000}", 'ssh.user: 1000 is read as a number, text is wanted; write "1000" in quotes'),
    ("ssh: {bastion: 'ops@'}", "ssh.bastion: '' is not a bastion; user@host:port; user and port may be left out"),
    ("ssh: {connect_timeout_s: 0}", "ssh.connect_timeout_s: '0' is too small; more than 0"),
    (
        "etcd: {snapshots: {schedule: '61 * * * *'}}",
        "etcd.snapshots.schedule: '61' is not a minute; 0-59, *, lists with commas, steps with /",
    ),
    ("etcd: {snapshots: {retention: 0}}", "etcd.snapshots.retention: '0' is too small; at least 1"),
    ("etcd: {snapshots: {s3: {}}}", "etcd.snapshots.s3.bucket: is missing; Name of the bucket"),
    (
        "etcd: {snapshots: {s3: {bucket: b, access_key: {env: A}}}}",
        "etcd.snapshots.s3.access_key: stands without secret_key; both, or neither",
    ),
    (
        "security: {profile: cis-1.23}",
        "security.profile: 'cis-1.23' is not a profile; one of cis, etcd, none",
    ),
    (
        "network: {cni: [canal, multus]}",
        "network.cni: canal, multus is not a CNI by itself; one CNI, or [multus, X] with one",
    ),
    (
        "network: {cluster_cidr: 10.42.0.1/16}",
        "network.cluster_cidr[0]: '10.42.0.1/16' has bits beyond its prefix; the network is 10.42.0.0/16",
    ),
    (
        "network: {service_cidr: 10.42.128.0/20}",
        "network.service_cidr: 10.42.128.0/20 overlaps cluster_cidr 10.42.0.0/16; networks without a common address",
    ),
    (
        "network: {service_cidr: 'fd43::/112'}",
        "network.service_cidr: is IPv6, cluster_cidr is IPv4; the same families in the same order",
    ),
    (
        "network: {cluster_cidr: 10.44.0.0/24}",
        "network.cluster_cidr: 10.44.0.0/24 has room for 1 nodes at a /24 each, the spec has 2; a shorter prefix",
    ),
    (
        "registration: {address: 10.43.0.1}",
        "registration.address: '10.43.0.1' lies in service_cidr 10.43.0.0/16; "
        "an address outside of it, or another network",
    ),
    ("token: s3cr3t", "token: is a secret in the clear; say where it is kept: {env: NAME} or {file: PATH}"),
    ("token: 012345", "token: is a secret in the clear; say where it is kept: {env: NAME} or {file: PATH}"),
    ("token: {env: A, file: b}", "token: names no one place for the secret; either {env: NAME} or {file: PATH}"),
    (
        "token: {env: 's3cr3t!'}",
        "token.env: is not the name of an environment variable; letters, digits and '_', as in RKE2_TOKEN",
    ),
    (
        "proxy: {http: 'http://me:s3cr3t@proxy:3128'}",
        "proxy.http: holds a user or password in the clear; http://host:port, without user and password",
    ),
    (
        "registries: {configs: {reg:5000: {auth: {username: u, password: s3cr3t}}}}",
        'registries.configs."reg:5000".auth.password: is a secret in the clear; '
        "say where it is kept: {env: NAME} or {file: PATH}",
    ),
    (
        "registries: {mirrors: {'https://reg': {}}}",
        "registries.mirrors.\"https://reg\": 'https://reg' is not a registry; "
        "host or host:port, without https:// and without a path",
    ),
    ("source: {kind: folder}", "source.path: is missing; the folder that holds the release's files"),
    ("rollout: {workers: {at_once: 0}}", "rollout.workers.at_once: '0' would never begin; at least 1, or 1%"),
    (
        "rollout: {workers: {at_once: 101%}}",
        "rollout.workers.at_once: '101%' is not a share; a count such as 3, or a percentage from 0% to 100%",
    ),
    (
        "options: {server: {kube-apiserver-args: [a]}}",
        "options.server.kube-apiserver-args: RKE2 does not know this key; did you mean 'kube-apiserver-arg'?",
    ),
    (
        "options: {server: {tls-san: [a]}}",
        "options.server.tls-san: is not passed through; use the field registration.tls_sans",
    ),
    ("options: {server: {token: s3cr3t}}", "options.server.token: carries a secret in the clear; use the field token"),
    ("options: {agent: {token: s3cr3t}}", "options.agent.token: carries a secret in the clear; use the field token"),
    (
        "options: {server: {etcd-s3-secret-key: s3cr3t}}",
        "options.server.etcd-s3-secret-key: carries a secret in the clear; use the field etcd.snapshots.s3.secret_key",
    ),
    (
        "options: {agent: {cluster-dns: 10.43.0.10}}",
        "options.agent.cluster-dns: only servers read this key; move it to options.server",
    ),
    (
        "options: {server: {write-kubeconfig-mode: 0644}}",
        "options.server.write-kubeconfig-mode: 0644 is read as 420 by some YAML readers and otherwise by others; "
        'write 420, or "0644" in quotes if text is meant',
    ),
    (
        "ssh: {agent: yes}",
        "ssh.agent: yes is read as true by some YAML readers and otherwise by others; "
        'write true, or "yes" in quotes if text is meant',
    ),
    ("prepare:", "prepare: is empty; keys and values, or leave the key out"),
    ("prepare: all", "prepare: 'all' is not keys and values"),
]


@pytest.mark.parametrize(("text", "message"), ONE_FIELD)
def test_one_wrong_field_is_one_message_with_its_line(text, message):
    assert problems(f"{HEAD}{text}\n") == [f"{NEW_LINE}: {message}"]


NODES = [
    ("name: a, address: 10.0.0.1, role: sever", "nodes[0].role: 'sever' is not a role; one of server, agent"),
    ("name: a, address: 10.0.0.1", "nodes[0].role: is missing; server: control plane and etcd; agent: workloads only"),
    (
        "name: A, address: 10.0.0.1, role: server",
        "nodes[0].name: 'A' is not a node name; "
        "lower case letters, digits, hyphens and dots, beginning and ending with a letter or digit",
    ),
    (
        f"name: {'a' * 64}, address: 10.0.0.1, role: server",
        f"nodes[0].name: '{'a' * 59}…' has 64 characters; at most 63",
    ),
    (
        "name: a, address: 10.0.0.300, role: server",
        "nodes[0].address: '10.0.0.300' is not an IP address; four numbers from 0 to 255, without leading zeros",
    ),
    (
        "name: a, address: 10.0.0.1, role: server, zone: no",
        "nodes[0].zone: no is read as false by some YAML readers and otherwise by others; "
        'write false, or "no" in quotes if text is meant',
    ),
    (
        "name: a, address: 10.0.0.1, role: server, zone: 1:30",
        "nodes[0].zone: 1:30 is read as 90 by some YAML readers and otherwise by others; "
        'write 90, or "1:30" in quotes if text is meant',
    ),
    (
        "name: a, address: 10.0.0.1, role: server, labels: {gpu: true}",
        'nodes[0].labels.gpu: true is read as true or false, text is wanted; write "true" in quotes',
    ),
    (
        "name: a, address: 10.0.0.1, role: server, labels: {-x: a}",
        "nodes[0].labels.-x: '-x' is not a label key; name or domain/name; at most 63 letters, digits, '-', '_', '.'",
    ),
    (
        "name: a, address: 10.0.0.1, role: server, labels: {node-role.kubernetes.io/db: a}",
        "nodes[0].labels.\"node-role.kubernetes.io/db\": the kubelet refuses to set 'node-role.kubernetes.io/db' "
        "on its own node; a domain of your own, node.kubernetes.io/… or topology.kubernetes.io/zone",
    ),
    (
        "name: a, address: 10.0.0.1, role: server, taints: ['x=y:Never']",
        "nodes[0].taints[0]: 'Never' is not a taint's effect; "
        "key=value:Effect, with one of NoSchedule, PreferNoSchedule, NoExecute",
    ),
    (
        "name: a, address: 10.42.0.1, role: server",
        "nodes[0].address: '10.42.0.1' lies in cluster_cidr 10.42.0.0/16; an address outside of it, or another network",
    ),
    (
        "name: a, address: 10.0.0.1, internal_address: 'fd00::1', role: server",
        "nodes[0].internal_address: is IPv6, cluster_cidr is IPv4; the same families, with a comma between two",
    ),
]


@pytest.mark.parametrize(("line", "message"), NODES)
def test_one_wrong_node_is_one_message_with_its_line(line, message):
    assert problems(nodes(line)) == [f"6: {message}"]


TWINS = [
    ("10.0.0.1", "10.0.0.1"),
    ("fd00::1", "FD00:0:0::0:1"),
    ("10.0.0.1", "::ffff:10.0.0.1"),
    ("Node.example.com", "node.example.com."),
]


@pytest.mark.parametrize(("one", "other"), TWINS)
def test_one_address_in_two_spellings_is_a_duplicate(one, other):
    text = nodes(f"name: a, address: '{one}', role: server", f"name: b, address: '{other}', role: agent")
    assert problems(text) == [f"7: nodes[1].address: '{other}' is an address of a too; an address of its own"]


def test_an_internal_address_clashes_with_the_address_of_another_node():
    text = nodes(
        "name: a, address: 10.0.0.1, role: server",
        "name: b, address: 10.0.0.2, internal_address: 10.0.0.1, role: agent",
    )
    assert problems(text) == ["7: nodes[1].internal_address: '10.0.0.1' is an address of a too; an address of its own"]


def test_nodes_behind_forwarded_ports_of_one_address_are_not_duplicates():
    text = nodes(
        "name: a, address: 192.0.2.1, internal_address: 10.0.0.1, role: server, ssh: {port: 2201}",
        "name: b, address: 192.0.2.1, internal_address: 10.0.0.2, role: agent, ssh: {port: 2202}",
    )
    assert len(read(text).spec.nodes) == 2


def test_a_duplicate_name_is_told_with_its_line():
    text = nodes("name: a, address: 10.0.0.1, role: server", "name: a, address: 10.0.0.2, role: agent")
    assert problems(text) == ["7: nodes[1].name: 'a' is the name of nodes[0] too; a name of its own"]


def test_a_cluster_without_server_is_refused():
    assert problems(nodes("name: a, address: 10.0.0.1, role: agent")) == [
        "5: nodes: no node is a server; role: server for one, three or five of them"
    ]


VERSIONS = [
    ("stable", "'stable' is not pinned: it names another release every few weeks; a release such as v1.34.2+rke2r1"),
    ("latest", "'latest' is not pinned: it names another release every few weeks; a release such as v1.34.2+rke2r1"),
    ("v1.34", "'v1.34' is not pinned: it names another release every few weeks; a release such as v1.34.2+rke2r1"),
    ("1.34", "'1.34' is not pinned: it names another release every few weeks; a release such as v1.34.2+rke2r1"),
    ("v1.34.2", "'v1.34.2' names a Kubernetes version, not a release of RKE2; v1.34.2+rke2r1"),
    ("v1.34.2+k3s1", "'v1.34.2+k3s1' is not a version; a release such as v1.34.2+rke2r1"),
    ("v1.34.2-rke2r1", "'v1.34.2-rke2r1' is not a version; a release such as v1.34.2+rke2r1"),
]


@pytest.mark.parametrize(("version", "message"), VERSIONS)
def test_a_version_that_is_not_pinned_is_refused_with_the_reason(version, message):
    assert problems(HEAD.replace("v1.34.2+rke2r1", version)) == [f"4: version: {message}"]


def test_a_profile_that_the_release_does_not_know_is_refused():
    text = HEAD.replace("v1.34.2", "v1.24.9") + "security: {profile: cis}\n"
    assert problems(text) == ["8: security.profile: 'cis' is not a profile of v1.24.9+rke2r1; v1.25 or newer, or none"]


def test_a_network_that_holds_the_nodes_is_told_at_each_node():
    found = problems(HEAD + "network: {cluster_cidr: 10.0.0.0/16}\n")
    assert [problem.partition(" lies in ")[0] for problem in found] == [
        "6: nodes[0].address: '10.0.0.11'",
        "7: nodes[1].address: '10.0.0.21'",
    ]


def test_all_problems_come_at_once_sorted_by_line_also_clashes_beside_typos():
    text = nodes(
        "name: a, address: 10.0.0.1, role: sever",
        "name: a, address: 10.0.0.1, role: server, zonne: x",
        "name: c, address: 10.43.0.5, role: agent",
    )
    found = problems(text.replace("prod", "Prod") + "options: {server: {cnni: x, tls-san: y}}\n")
    assert [problem.partition(";")[0] for problem in found] == [
        "2: name: 'Prod' is not a DNS label",
        "6: nodes[0].role: 'sever' is not a role",
        "7: nodes[1].zonne: unknown key",
        "7: nodes[1].name: 'a' is the name of nodes[0] too",
        "7: nodes[1].address: '10.0.0.1' is an address of a too",
        "8: nodes[2].address: '10.43.0.5' lies in service_cidr 10.43.0.0/16",
        "9: options.server.cnni: RKE2 does not know this key",
        "9: options.server.tls-san: is not passed through",
    ]


def test_a_wrong_network_raises_no_clash_with_the_default_that_would_stand_there():
    found = problems(HEAD + "network: {cluster_cidr: 10.40.0.0/33, service_cidr: 10.42.0.0/16}\n")
    assert found == ["8: network.cluster_cidr[0]: '10.40.0.0/33' is not a network; a CIDR such as 10.42.0.0/16"]


def test_an_option_that_differs_between_nodes_is_refused_for_several():
    text = HEAD + "  - {name: w-2, address: 10.0.0.22, role: agent}\noptions: {agent: {node-external-ip: 192.0.2.1}}\n"
    assert problems(text) == [
        "9: options.agent.node-external-ip: differs between nodes, and all 2 agents would get the same; leave it out"
    ]


def test_a_value_can_not_write_on_the_terminal():
    found = problems(HEAD + 'ingress: "\\e]0;owned\\a\\e[2Jx"\n')
    assert "\x1b" not in found[0]
    assert "owned" not in found[0]


def test_a_secret_in_the_clear_is_in_no_message_and_in_no_traceback():
    text = HEAD + (
        "token: planted1\nverison: x\nproxy: {http: 'http://u:planted2@p'}\n"
        "registries: {configs: {r: {auth: {username: 5, password: [planted3]}}}}\n"
        "options: {server: {token: planted4, etcd-s3-secret-key: planted5, etcd-s3-proxy: 'http://u:planted6@p'}}\n"
    )
    with pytest.raises(BadSpec) as caught:
        read(text)
    assert caught.value.__context__ is None
    assert len(caught.value.problems) == 8
    assert "planted" not in "".join(traceback.format_exception(caught.value))

"""What of a spec RKE1 can't do is refused at its place, with the reason; what only RKE1 does is refused elsewhere."""

import pytest

from tests.unit.rke1.designs import ALL, LARGE, MEDIUM, SINGLE, SMALL
from tests.unit.spec.specs import HEAD, problems, read

REFUSED = [
    ("security: {profile: cis}", "security.profile: is a profile of RKE2"),
    ("security: {selinux: true}", "security.selinux: is up to Docker"),
    ("security: {secrets_encryption: secretbox}", "security.secrets_encryption: 'secretbox' is not for RKE1; aescbc"),
    ("network: {cni: cilium}", "network.cni: 'cilium' is not for RKE1"),
    ("network: {cni: [multus, canal]}", "network.cni: 'multus' is not for RKE1"),
    (
        "network: {cluster_cidr: [10.42.0.0/16, 'fd00:42::/56'], service_cidr: [10.43.0.0/16, 'fd00:43::/112']}",
        "calico",
    ),
    ("network: {cni: flannel}\nrke1: {network: {mtu: 1400}}", "rke1.network.mtu: is not taken by flannel"),
    ("ingress: traefik", "ingress: 'traefik' is not for RKE1"),
    ("rke1: {ingress: {http_port: 443}}", "rke1.ingress.https_port: is http_port too"),
    ("options: {server: {debug: true}}", "options.server: are keys of RKE2's config.yaml; rke1.services"),
    ("options: {agent: {debug: true}}", "options.agent: are keys of RKE2's config.yaml"),
    ("proxy: {http: 'http://proxy:3128'}", "proxy: is up to Docker"),
    ("token: {env: TOKEN}", "token: is not used"),
    ("registries: {mirrors: {docker.io: {endpoint: ['https://m']}}}", "registries.mirrors: are up to Docker"),
    ("registries: {configs: {r.lan: {tls: {ca_file: /ca.pem}}}}", "/etc/docker/certs.d/r.lan/ca.crt"),
    ("etcd: {snapshots: {dir: /backup}}", "etcd.snapshots.dir: can't be chosen"),
    ("etcd: {snapshots: {schedule: '0 3 * * 1'}}", "etcd.snapshots.schedule: '0 3 * * 1' is not every so many hours"),
    ("etcd: {snapshots: {schedule: '0 */5 * * *'}}", "etcd.snapshots.schedule: '0 */5 * * *' is not every"),
    ("etcd: {snapshots: {s3: {bucket: b, endpoint_ca: /ca.pem}}}", "rke1.services.etcd.s3_ca"),
    ("etcd: {snapshots: {s3: {bucket: b, skip_ssl_verify: true}}}", "etcd.snapshots.s3.skip_ssl_verify: is not known"),
    ("source: {mirror: 'https://m'}", "source.mirror: is a mirror of RKE2's releases"),
    ("rollout: {workers: {canary: 1, soak_s: 5}}", "rollout.workers.canary: is not known to `rke`"),
    ("upgrade: {drain: agents}", "upgrade.drain: 'agents' is not for RKE1"),
    ("balancer: {kind: kube-vip, vip: 10.0.0.100}", "balancer.kind: 'kube-vip' runs on servers of RKE2"),
    (
        "rancher: {version: 2.11.3, hostname: r.example.com, how: manifests}",
        "rancher.how: 'manifests' is not for RKE1: nothing in it installs charts; helm",
    ),
    (
        "rancher: {version: 2.11.3, hostname: r.example.com}\nrke1: {ingress: {network_mode: none}}",
        "rke1.ingress.network_mode: 'none': no port of a node leads to Rancher's ingress",
    ),
    (
        "rancher: {version: 2.11.3, hostname: r.example.com}\nrke1: {ingress: {https_port: 8443}}",
        "rke1.ingress.https_port: is not where Rancher's users come in; 443",
    ),
    (
        "metallb: {pools: [{name: a, addresses: [10.9.0.0/28]}]}\n"
        "rke1: {services: {kubeproxy: {extra_args: {proxy-mode: ipvs}}}}",
        "rke1.services.kubeproxy.extra_args: all nodes would answer ARP for MetalLB's addresses; ipvs-strict-arp",
    ),
    (
        "metallb: {pools: [{name: a, addresses: [10.9.0.0/28], namespaces: [shop]}], expose_ingress: {}}",
        "metallb.expose_ingress.pool: the ingress runs in ingress-nginx, which may use no such pool",
    ),
    ("rke1: {services: {kube_api: {service_node_port_range: '9-1'}}}", "'9-1' is not a range of ports"),
    ("rke1: {services: {kubelet: {cluster_dns_server: dns}}}", "'dns' is not an IP address"),
    ("rke1: {docker: maybe}", "rke1.docker: 'maybe' is not known here; one of check, install"),
    ("rke1: {serivces: {}}", "rke1.serivces: unknown key; did you mean 'services'?"),
]


@pytest.mark.parametrize(("line", "said"), REFUSED)
def test_what_rke1_can_not_do_is_refused_with_its_place(line, said):
    assert any(said in problem for problem in problems(f"{SINGLE}{line}\n")), problems(f"{SINGLE}{line}\n")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            "role: [controlplane, etcd]",
            "nodes[0].role: holds a list or mapping; one of server, agent; RKE1's planes go to",
        ),
        ("role: worker", "nodes[0].role: 'worker' is not a role; one of server, agent; RKE1's planes go to roles: ["),
        (
            "role: server, roles: [control-plane, worker]",
            "nodes[0].roles[0]: 'control-plane' is not known here; one of",
        ),
    ],
)
def test_planes_in_the_wrong_place_are_told_there_and_are_no_other_fault(wrong, said):
    (told,) = problems(SINGLE.replace(ALL, wrong))
    assert said in told


@pytest.mark.parametrize("design", [SINGLE, SMALL, MEDIUM, LARGE])
def test_the_designs_of_rke1_are_taken(design):
    read(design)


VERSIONS = [
    ("version: v1.30", "'v1.30' is not pinned: without a pinned version `rke` takes its own default"),
    ("version: latest", "a newer `rke` upgrades the cluster by surprise"),
    ("version: v1.30.14", "v1.30.14-rancher1-1"),
    ("version: v1.34.2+rke2r1", "is a release of RKE2; a version such as v1.30.14-rancher1-1, or distribution: rke2"),
    ("version: nonsense", "'nonsense' is not a version"),
    ("", "version: is missing: without a pinned version `rke` takes its own default"),
]


@pytest.mark.parametrize(("line", "said"), VERSIONS)
def test_a_version_must_be_one_of_rke1_and_pinned(line, said):
    (problem,) = problems(SINGLE.replace("version: v1.30.14-rancher1-1", line))
    assert said in problem


def test_a_version_that_no_rke_installs_is_refused():
    (problem,) = problems(SINGLE.replace("v1.30.14-rancher1-1", "v1.34.1-rancher1-1"))
    assert "version: no `rke` installs 'v1.34.1-rancher1-1'; v1.8 to v1.32, such as v1.30.14-rancher1-1" in problem


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("v1.30.99-rancher1-1", "v1.30.99-rancher1-1 is not known here; see what your `rke config --list-version"),
        ("v1.32.11-rancher1-1", "the images of v1.32.11-rancher1-1 need an RKE Extended Life subscription"),
    ],
)
def test_a_version_that_may_not_be_had_is_warned_of(version, said):
    (warning,) = read(SINGLE.replace("v1.30.14-rancher1-1", version)).warnings
    assert said in warning


def test_a_rancher_that_has_given_rke1_up_is_warned_of():
    later = SINGLE.replace("v1.30.14-rancher1-1", "v1.32.11-rancher1-1")
    warnings = read(f"{later}rancher: {{version: 2.13.3, hostname: r.example.com}}\n").warnings
    assert any("Rancher 2.13.3 is not supported on RKE1; 2.11, the last that is" in each for each in warnings)
    assert not read(f"{SINGLE}rancher: {{version: 2.11.3, hostname: r.example.com}}\n").warnings


def test_a_version_of_rke1_is_refused_for_rke2():
    (problem,) = problems(HEAD.replace("v1.34.2+rke2r1", "v1.30.14-rancher1-1"))
    assert "'v1.30.14-rancher1-1' is a version of RKE1; a release such as v1.34.2+rke2r1" in problem


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ("role: agent, roles: [controlplane, worker]", "controlplane, worker is not for role: agent"),
        ("role: server, roles: [worker]", "worker is not for role: server"),
        ("role: server, roles: [etcd, etcd]", "names a role twice"),
        ("role: server, roles: [etcd, master]", "'master' is not known here"),
        ("role: server, internal_address: '10.1.0.9,fd00::9'", "holds two addresses, RKE1 takes one"),
        ("role: agent, ssh: {bastion: other}", "is not the bastion of the other nodes"),
    ],
)
def test_a_node_that_rke1_could_not_take_is_refused(node, said):
    assert any(said in problem for problem in problems(f"{MEDIUM}  - {{name: x, address: 10.0.0.99, {node}}}\n"))


def test_a_cluster_without_one_of_the_planes_is_refused_though_rke_itself_would_take_it():
    alone = SINGLE.replace("[controlplane, etcd, worker]", "[etcd]")
    said = " ".join(problems(alone))
    assert "no node has the role controlplane" in said
    assert "no node has the role worker" in said
    assert "no node has the role etcd" not in said


def test_who_logs_in_must_be_told_as_rke_reads_no_ssh_config():
    assert "ssh.user: is missing: RKE1 does not read ~/.ssh/config" in problems(SINGLE.replace("{user: ops}", "{}"))[0]
    bare = SINGLE.replace("{user: ops}", "{user: ops, bastion: gate}")
    assert "ssh.bastion: names no user" in problems(bare)[0]


def test_fields_of_rke1_are_refused_for_rke2():
    assert "rke1: is read for RKE1 only" in problems(f"{HEAD}rke1: {{docker: install}}\n")[0]
    roles = HEAD.replace("role: agent", "role: agent, roles: [worker], docker_socket: /run/d.sock")
    assert [problem.partition(";")[0] for problem in problems(roles)] == [
        "7: nodes[1].roles: is read for RKE1 only",
        "7: nodes[1].docker_socket: is read for RKE1 only",
    ]


def test_snapshots_that_are_gone_before_monday_are_warned_of():
    (warning,) = read(f"{SINGLE}etcd: {{snapshots: {{retention: 5}}}}\n").warnings
    assert "snapshots are kept for 60 hours (5 x 12); 6 for 72 hours" in warning
    assert read(f"{SINGLE}etcd: {{snapshots: {{retention: 6}}}}\n").warnings == ()


def test_etcd_nodes_are_counted_not_servers():
    assert read(LARGE).warnings == ()
    four = LARGE.replace("  - {name: etcd-5, address: 10.0.0.15, role: server, roles: [etcd]}\n", "")
    assert "4 etcd nodes outlive 1 failures, as 3 would" in read(four).warnings[0]


def test_each_plane_has_its_nodes():
    spec = read(LARGE).spec
    assert [node.name for node in spec.api_nodes] == ["cp-1", "cp-2", "cp-3", "cp-4"]
    assert len(spec.etcd_nodes) == 5
    assert spec.ingress_nodes == tuple(filter(spec.runs_applications, spec.nodes)) == spec.agents
    assert spec.registration_address == "10.0.0.21"
    assert read(SINGLE).spec.ingress_nodes == read(SINGLE).spec.nodes

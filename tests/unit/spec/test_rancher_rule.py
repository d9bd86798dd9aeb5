"""What Rancher may not be, and what it should not, told at its place in the file."""

import pytest

from tests.unit.rke2.conftest import HEAD
from tests.unit.spec.specs import problems, read
from wizard.spec.rancher_line import line_of, newest_cert_manager, rancher_window

NODES = """nodes:
  - {name: cp-1, address: 10.0.0.11, role: server}
  - {name: w-1, address: 10.0.0.21, role: agent}
"""
HAPROXY = "balancer: {kind: haproxy, nodes: [{name: lb, address: 10.0.0.2}]"
GOOD = "version: 2.13.3, hostname: rancher.example.com"


def text(rancher: str, more: str = "") -> str:
    return f"{HEAD}{NODES}rancher: {{{rancher}}}\n{more}"


@pytest.mark.parametrize(
    ("rancher", "more", "said"),
    [
        ("version: v2.13.3, hostname: rancher.example.com", "", "its chart has no v; 2.13.3"),
        ("version: stable, hostname: rancher.example.com", "", "'stable' is not a release of Rancher"),
        ("version: 2.13.3, hostname: 10.0.0.9", "", "'10.0.0.9' is an address; a name in DNS"),
        ("version: 2.13.3, hostname: rancher", "", "'rancher' is not a full host name"),
        ("version: 2.13.3, hostname: '*.example.com'", "", "is not a full host name"),
        ("version: 2.13.3, hostname: Rancher.example.com", "", "is not a full host name"),
        ("version: 2.13.3, hostname: 'a.b\";x'", "", "is not a full host name"),
        (
            "version: 2.11.3, hostname: rancher.example.com",
            "",
            "Rancher 2.11.3 is for Kubernetes v1.30 to v1.32, this is v1.34.2+rke2r1; Rancher 2.13 or 2.14 or 2.15",
        ),
        (f"{GOOD}, cert_manager: v1.18.6", "", "cert-manager v1.18.6 is for Kubernetes v1.29 to v1.33"),
        (f"{GOOD}, cert_manager: 1.20.3", "", "not a release of cert-manager; a pinned one, such as v1.20.3"),
        (
            "version: 2.14.4, hostname: rancher.example.com, cert_manager: v1.14.7",
            "",
            "Rancher 2.14.4 wants cert-manager v1.15 at least; such as v1.21.1",
        ),
        (f"{GOOD}, email: ops@example.com", "", "rancher.email: is not read when tls is rancher"),
        (f"{GOOD}, tls: letsEncrypt", "", "rancher.email: is missing"),
        (f"{GOOD}, tls: secret, certificate: a.pem", "", "rancher.key: is missing"),
        (f"{GOOD}, charts: c, repository: prime", "", "is not read beside charts"),
        (f"{GOOD}, how: manifests, helm: bin/helm", "", "is not run when how is manifests"),
        (f"{GOOD}, bootstrap_password: hunter2hunter2", "", "is a secret in the clear"),
        (f"{GOOD}, values: {{bootstrapPassword: hunter2}}", "", "is a secret in the clear; rancher.bootstrap_password"),
        (f"{GOOD}, values: {{ingress: {{tls: {{source: secret}}}}}}", "", "has a field of its own; rancher.tls"),
        (f"{GOOD}, values: [1]", "", "is not a mapping"),
        (f"{GOOD}", "ingress: none\n", "Rancher is reached by an ingress, and there is none"),
        (f"{GOOD}, replicas: 3, values: {{antiAffinity: required}}", "", "3 pods may not share a node"),
        (f"{GOOD}, tls: external", f"{HAPROXY}}}\n", "haproxy passes TLS through; another one, or balancer.mode: http"),
        (
            GOOD,
            f"{HAPROXY}, mode: http, hosts: [rancher.example.com]}}\n",
            "is rancher, and the balancer in mode http ends TLS",
        ),
        (
            f"{GOOD}, tls: external",
            f"{HAPROXY}, mode: http, hosts: ['*.apps.example.com']}}\n",
            "'rancher.example.com' leads nowhere: the balancer does not know it",
        ),
        (
            f"{GOOD}, tls: external, values: {{agentTLSMode: strict}}",
            "",
            "strict wants a CA that Rancher knows; private_ca, or agentTLSMode: system-store",
        ),
    ],
)
def test_what_can_not_work_is_refused_with_the_reason(rancher: str, more: str, said: str) -> None:
    assert said in "\n".join(problems(text(rancher, more)))


@pytest.mark.parametrize(
    ("rancher", "said"),
    [
        ("version: 2.15.0, hostname: rancher.example.com", ""),
        ("version: 2.19.0, hostname: rancher.example.com", "nothing is known of Rancher 2.19"),
        (f"{GOOD}, replicas: 1", "one pod is away whenever its node is; 3"),
        (f"{GOOD}, charts: charts", "without internet Rancher waits long for catalogs; true"),
        (f"{GOOD}, values: {{auditlog: {{level: 1}}}}", "'auditlog' is no key of the chart; did you mean 'auditLog'?"),
    ],
)
def test_what_is_worth_a_second_thought_is_said(rancher: str, said: str) -> None:
    warnings = "\n".join(read(text(rancher)).warnings)
    assert said in warnings
    assert bool(said) == bool(warnings)


def test_a_cluster_older_than_what_rancher_is_supported_on_is_named() -> None:
    old = text("version: 2.15.0, hostname: rancher.example.com").replace("v1.34.2+rke2r1", "v1.32.3+rke2r1")
    assert "Rancher 2.15.0 is supported on Kubernetes v1.34 to v1.36" in "\n".join(read(old).warnings)


def test_tls_that_ends_at_the_balancer_is_taken_with_a_name_below_one_of_its_own() -> None:
    front = f"{HAPROXY}, mode: http, hosts: ['*.example.com']}}\n"
    assert read(text(f"{GOOD}, tls: external", front)).spec.rancher is not None


def test_each_kubernetes_that_rancher_is_for_has_a_cert_manager() -> None:
    for name in ("2.9", "2.10", "2.11", "2.12", "2.13", "2.14", "2.15"):
        window = rancher_window(line_of(name))
        assert window
        for minor in range(window.lowest[1], window.highest[1] + 1):
            assert newest_cert_manager((1, minor)), (name, minor)

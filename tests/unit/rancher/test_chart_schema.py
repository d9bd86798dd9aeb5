"""The values of each way to end TLS are such as the charts know, of the right types, and none is read by nobody."""

from typing import Any

import pytest

from tests.unit.rancher.chart_schema import OF_RANCHER, faults_of_cert_manager, faults_of_rancher
from tests.unit.rancher.test_values import HTTP, WAYS, rancher
from wizard.profiles import profile
from wizard.rancher.release import releases


def values(make_site: Any, text: str) -> dict[str, Any]:
    return {release.name: dict(release.values) for release in releases(make_site(text).spec)}


@pytest.mark.parametrize("way", WAYS)
def test_the_charts_know_all_that_they_are_told(make_site: Any, way: str) -> None:
    found = values(make_site, "".join(WAYS[way]))
    assert faults_of_rancher(found["rancher"]) == []
    if "cert-manager" in found:
        assert faults_of_cert_manager(found["cert-manager"]) == []


@pytest.mark.parametrize("tls", ["rancher", "letsEncrypt", "secret", "external"])
@pytest.mark.parametrize("ingress", ["traefik", "ingress-nginx"])
@pytest.mark.parametrize("private", [False, True])
def test_so_it_is_with_each_way_to_end_tls(make_site: Any, tls: str, ingress: str, private: bool) -> None:
    more = {"letsEncrypt": "email: ops@example.com", "secret": "certificate: a.pem, key: b.pem"}.get(tls, "")
    own = "private_ca: ca.pem" if private and tls in ("secret", "external") else ""
    asked = ", ".join(part for part in (f"tls: {tls}", more, own) if part)
    front = HTTP if tls == "external" else ""
    found = values(make_site, f"{rancher(asked)}{front}ingress: {ingress}\n")
    assert faults_of_rancher(found["rancher"]) == []
    assert ("cert-manager" in found) == (tls in ("rancher", "letsEncrypt"))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "rancher.hostname: is missing"),
        ({"replicas": "3"}, "rancher.replicas: '3' is not within"),
        ({"privateCa": True}, "rancher.privateCa: is not known"),
        ({"ingress": {"tls": "secret"}}, "rancher.ingress.tls: is no mapping"),
        ({"ingress": {"tls": {"source": "acme"}}}, "rancher.ingress.tls.source: 'acme' is none of"),
        ({"useBundledSystemChart": "true"}, "rancher.useBundledSystemChart: 'true' is no bool"),
        ({"letsEncrypt": {"email": "a@b.c"}}, "belongs to its source"),
        ({"tls": "external"}, "strict agents find no CA"),
        ({"tls": "external", "agentTLSMode": "strict"}, "strict agents find no CA"),
    ],
)
def test_what_a_chart_would_pass_over_is_a_fault(values: dict[str, Any], said: str) -> None:
    given = {"hostname": "rancher.example.com", **values} if values else values
    assert any(said in fault for fault in faults_of_rancher(given))


def test_cert_manager_without_its_kinds_and_with_a_mistyped_key_is_a_fault() -> None:
    assert faults_of_cert_manager({}) == ["cert-manager.crds.enabled: without it there is no kind Issuer"]
    assert faults_of_cert_manager({"crd": {"enabled": True}}) == ["cert-manager.crd: is not known"]


def test_the_wizard_knows_the_keys_that_this_table_has() -> None:
    assert {key.rstrip("*") for key in OF_RANCHER} <= set(profile("rancher")["values"])

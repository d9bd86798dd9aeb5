"""The values of both charts and helm's whole command line, for each way to end TLS, against golden files."""

from pathlib import Path

import pytest

from tests.unit.rancher.conftest import RANCHER
from wizard.bundle.oci.reference import read_reference
from wizard.rancher.by_helm import ByHelm
from wizard.rancher.by_manifest import ByManifest
from wizard.rancher.release import releases


def rancher(*more: str, at: str = "2.13.3") -> str:
    """Return a spec's rancher section."""
    return f"rancher: {{{', '.join((f'version: {at}, hostname: rancher.example.com', *more))}}}\n"


GOLDEN = Path(__file__).parent / "golden"
HTTP = "balancer: {kind: haproxy, nodes: [{name: lb, address: 10.0.0.2}], mode: http, hosts: [rancher.example.com]}\n"
PROXY = "proxy: {https: 'http://proxy.example.com:3128', no_proxy: [.corp.example.com]}\n"
WAYS = {
    "rancher": (rancher(), ""),
    "lets-encrypt": (
        rancher("tls: letsEncrypt, email: ops@example.com, environment: staging, repository: latest", at="2.14.4"),
        "",
    ),
    "secret-public": (rancher("tls: secret, certificate: a.pem, key: b.pem"), ""),
    "secret-private": (rancher("tls: secret, certificate: a.pem, key: b.pem, private_ca: ca.pem, replicas: 1"), ""),
    "external": (rancher("tls: external"), HTTP),
    "air-gap": (
        rancher(
            "charts: charts, bundled_catalogs: true, cert_manager: v1.19.6",
            "values: {auditLog: {enabled: true}, ingress: {extraAnnotations: {a: b}}}",
            at="2.14.4",
        ),
        "registries: {system_default_registry: 'reg.example.com:5000'}\n",
    ),
    "proxy": (rancher(), f"{PROXY}ingress: traefik\n"),
    "oci": (rancher("repository: 'oci://reg.example.com/charts/'"), ""),
}


@pytest.mark.parametrize("way", WAYS)
def test_helm_is_told_just_this(make_site, way: str) -> None:
    site = make_site("".join(WAYS[way]))
    by = ByHelm(site, site.spec.rancher)
    lines = []
    for release in releases(site.spec):
        charts = site.resolve(Path("charts")) if site.spec.rancher.charts else None
        command = " ".join(by.arguments(release, charts)).replace(str(site.base), "BASE")
        lines += [f"# helm {command}", release.values_yaml()]
    assert "\n".join(lines) == (GOLDEN / f"{way}.yaml").read_text()


def test_charts_that_rke2_installs_itself_hold_the_same_values(make_site) -> None:
    site = make_site(rancher("how: manifests"))
    by = ByManifest(site, site.spec.rancher)
    shown = "---\n".join(file.shown for release in releases(site.spec) for file in by.files(release))
    assert shown == (GOLDEN / "manifests.yaml").read_text()


def test_no_rancher_no_releases(make_site) -> None:
    assert releases(make_site("").spec) == ()


def test_the_name_of_an_ingress_class_follows_the_release(make_site) -> None:
    old, new = (
        releases(make_site(text).spec)[-1].values["ingress"]["ingressClassName"]
        for text in (RANCHER, RANCHER + "ingress: traefik\n")
    )
    assert (old, new) == ("nginx", "traefik")


@pytest.mark.parametrize("version", ["v1.19.6", "v1.21.1"])
def test_images_are_asked_for_where_a_bundle_is_pushed_to(make_site, version: str) -> None:
    registries = "registries: {system_default_registry: 'reg.example.com:5000'}\n"
    first, _ = releases(make_site(rancher(f"cert_manager: {version}") + registries).spec)
    home = read_reference(f"quay.io/jetstack/cert-manager-controller:{version}").name_elsewhere
    told = [first.values.get(key) for key in ("imageRegistry", "imageNamespace")]
    found = f"{told[0]}/{told[1]}/cert-manager-controller" if all(told) else first.values["image"]["repository"]
    assert found == f"reg.example.com:5000/{home}"

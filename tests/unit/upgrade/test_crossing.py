"""What is met on the way is told where it is met, to whom it concerns."""

from wizard.upgrade.crossing import crossings
from wizard.upgrade.release import Release


def met(source: str, target: str, **traits: str) -> list[str]:
    return [each.what for each in crossings(Release.of(source), Release.of(target), traits)]


def test_a_change_is_met_once_whatever_way_it_came() -> None:
    etcd = "etcd goes from 3.5 to 3.6."
    assert etcd in met("v1.33.10+rke2r3", "v1.33.11+rke2r1")
    assert etcd in met("v1.33.10+rke2r3", "v1.34.2+rke2r1")
    assert etcd not in met("v1.33.11+rke2r1", "v1.34.2+rke2r1")
    assert etcd not in met("v1.32.1+rke2r1", "v1.33.10+rke2r3")
    assert etcd not in met("v1.35.1+rke2r1", "v1.36.2+rke2r1")


def test_what_concerns_an_ingress_is_told_to_those_who_have_it() -> None:
    traefik = "Traefik's chart 40 renames kubernetesIngressNginx to kubernetesIngressNGINX."
    assert traefik in met("v1.36.1+rke2r1", "v1.36.2+rke2r1", ingress="traefik")
    assert traefik not in met("v1.36.1+rke2r1", "v1.36.2+rke2r1", ingress="ingress-nginx")


def test_what_can_not_be_crossed_says_so() -> None:
    found = crossings(Release.of("v1.36.3+rke2r1"), Release.of("v1.37.0+rke2r1"), {"ingress": "ingress-nginx"})
    assert [each.stops for each in found] == [True]

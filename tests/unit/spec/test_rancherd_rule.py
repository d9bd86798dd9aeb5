"""What of a spec RancherD can't do is refused at its place, with the reason; what only it does is refused elsewhere."""

from pathlib import Path

import pytest

from tests.unit.spec.specs import HEAD, problems, read

SECOND = Path(__file__).with_name("rancherd.yaml").read_text()
FIRST = SECOND.partition("rancherd:\n")[0].replace("v1.27.10+rke2r1", "v2.5.9") + "rancherd: {generation: 1}\n"

REFUSED = [
    (SECOND.replace("kind: folder, path: kept", "kind: online"), "source.kind: RancherD is discontinued"),
    (SECOND.replace("kind: folder, path: kept", "kind: online"), "new --from SPEC --successor"),
    (SECOND.replace("kind: folder, path: kept", "kind: bundle, path: b"), "source.kind: bundles carry what a vendor"),
    (SECOND.replace("path: kept", "path: kept, spread: registry"), "source.spread: "),
    (SECOND.replace("v1.27.10+rke2r1", "v2.5.9"), "version: 'v2.5.9' is not a version of RancherD's generation 2"),
    (
        FIRST.replace("v2.5.9", "v1.27.10+rke2r1"),
        "version: 'v1.27.10+rke2r1' is not a version of RancherD's generation 1",
    ),
    (FIRST.replace("v2.5.9", "v2.5.1"), "version: 'v2.5.1' is not a version of RancherD's generation 1"),
    (SECOND.replace("  rancher_version: 2.8.1\n", ""), "rancherd.rancher_version: is missing"),
    (FIRST.replace("generation: 1", "generation: 1, rancher_version: 2.8.1"), "rancherd.rancher_version: is not asked"),
    (SECOND.replace("generation: 2", "generation: 3"), "rancherd.generation"),
    (
        SECOND + "rancher: {version: 2.13.3, hostname: r.example.com}\n",
        "rancher: RancherD brings its own Rancher along",
    ),
    (SECOND + "proxy: {http: 'http://proxy:3128'}\n", "proxy: is not passed on"),
    (SECOND + "security: {profile: cis}\n", "security.profile: "),
    (SECOND + "options: {agent: {debug: true}}\n", "options.agent: are not passed on"),
    (SECOND + "registries: {mirrors: {docker.io: {endpoint: ['https://m']}}}\n", "registries.mirrors: are not passed"),
    (SECOND + "balancer: {kind: kube-vip, vip: 10.0.0.100}\n", "balancer.kind: 'kube-vip' runs on servers of RKE2"),
    (FIRST + "network: {cni: cilium}\n", "network.cni: the first RancherD knows canal alone"),
    (FIRST + "ingress: none\n", "ingress: 'none' can't be chosen"),
    (HEAD + "rancherd: {generation: 1}\n", "rancherd: is read for RancherD only"),
    (SECOND.replace("v1.27.10+rke2r1", "v1.30.14-rancher1-1"), "is a version of RKE1"),
]


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_what_rancherd_can_not_do_is_refused_with_its_place(text: str, said: str) -> None:
    assert any(said in problem for problem in problems(text)), problems(text)


def test_both_generations_are_taken_and_say_what_their_kubelets_report() -> None:
    first, second = read(FIRST).spec, read(SECOND).spec
    assert (first.kubelet_version, first.engine) == ("", "rke2")
    assert (second.kubelet_version, second.engine) == ("v1.27.10+rke2r1", "rke2")

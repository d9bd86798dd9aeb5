"""An API for the cluster that rke's stand-in brings up: a stand-in release of RKE2 on a node that is none of it."""

import sys
from pathlib import Path

from tests.lab import network
from tests.lab.lab import Lab

PATH = """[Unit]
Description=kube-apiserver answers once rke has brought its certificates
[Path]
PathExists=/etc/kubernetes/ssl/kube-ca.pem
[Install]
WantedBy=multi-user.target
"""
SERVICE = """[Unit]
Description=Stand-in for kube-apiserver
[Service]
ExecStart=/usr/local/bin/kube-apiserver TCP-LISTEN:6443,fork,reuseaddr TCP:{address}:6443
"""
RELEASE = Path(__file__).parents[1] / "release"
# Started many times: with as little as it needs.
PROGRAM = """import sys
sys.path.insert(0, {path!r})
from rke2.kubectl import main
sys.exit(main(sys.argv[1:]))
"""
KUBECTL = "/var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml"


def bring_api(lab: Lab, front: str, behind: str, folder: Path) -> None:
    """Run the API on `behind`, and have it answer on `front` from the moment that rke has been there.

    The folder of rke's stand-in is given the kubeconfig that it writes, and a kubectl.
    """
    node = lab[behind]
    node.run("mkdir -p /opt/release")
    for file in lab.release.iterdir():
        with file.open() as source:
            node.run(f"cat >/opt/release/{file.name}", stdin=source)
    install = "INSTALL_RKE2_ARTIFACT_PATH=/opt/release INSTALL_RKE2_TYPE=server sh /opt/release/install.sh"
    node.run(f"{install}; systemctl start rke2-server", timeout=120)
    node.run(f"{KUBECTL} create namespace ingress-nginx")
    name = network.address(behind)
    lab[front].write("/etc/systemd/system/kube-api.path", PATH, mode=0o644)
    lab[front].write("/etc/systemd/system/kube-api.service", SERVICE.format(address=name), mode=0o644)
    # By the name that the checks know as the cluster's own.
    lab[front].run("cp /usr/bin/socat /usr/local/bin/kube-apiserver")
    lab[front].run("systemctl daemon-reload; systemctl enable --now kube-api.path")
    config = node.run("cat /etc/rancher/rke2/rke2.yaml").stdout
    (folder / "kubeconfig").write_text(config.replace("127.0.0.1", network.address(front)))
    (folder / "kubectl").write_text(f"#!{sys.executable} -IS\n{PROGRAM.format(path=str(RELEASE))}")
    (folder / "kubectl").chmod(0o755)

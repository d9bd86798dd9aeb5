"""The address in front of the servers: what each way to have one needs, drawn from the answers.

Source: RKE2 documentation, install/ha; rancher/rke2 issues 5557 and 5804 for joining through a balancer. RKE1's own
log for its nginx-proxy, which runs on every node without a control plane.
"""

from collections.abc import Iterator

from wizard.design.answers import Answers

_CHECK = (
    "ports 6443 and 9345 in TCP mode to all servers, health checked on 6443: 9345 opens long before a server can be "
    "joined at"
)
_CARRIERS = {"device": "external", "keepalived": "haproxy", "kube-vip": "kube-vip"}
_NAMES = {"external": "your own balancer", "haproxy": "HAProxy", "kube-vip": "kube-vip"}
_RKE1 = (
    "RKE1's nodes reach the API by an nginx-proxy of their own; what stands in front is for users: port 6443 to nodes "
    "with the control plane, 80 and 443 to workers."
)


def entrance_notes(answers: Answers, servers: int, distribution: str) -> Iterator[str]:
    """Take answers, the number of servers and what runs on them; yield what to see to at the address in front."""
    if servers < 2:
        return
    if distribution == "rke1":
        yield _RKE1
        return
    balancer = answers.word("balancer")
    name, address = answers.word("dns_name"), answers.word("vip")
    if name:
        yield f"{name} must lead to the servers from every node before the rollout begins."
    if balancer in _NAMES:
        if not (name or address):
            yield "No name and no virtual IP is given yet: nodes would join at the first server, and can't without it."
        yield from _carried(balancer, answers.word("vip_carrier"), address or "the virtual IP")
    elif balancer == "dns":
        yield "Round-robin DNS goes on naming a dead server: keep the time to live short, and take dead ones out."
    elif balancer == "none":
        yield "Nodes join at the first server; while it is down, no other node can join."


def _carried(balancer: str, carrier: str, address: str) -> Iterator[str]:
    if balancer == "external":
        yield f"Your balancer: {_CHECK}. `rancher-wizard handoff cluster.yaml` writes it all out."
    elif balancer == "haproxy":
        yield f"HAProxy runs on two machines beside the cluster: {_CHECK}."
    if carrier == "keepalived":
        yield "keepalived: VRRP (IP protocol 112) must pass between the machines that carry the virtual IP."
    elif carrier == "kube-vip":
        yield (
            f"kube-vip carries {address}: put its manifest on the first server as soon as that one is up; no other "
            "node can join before."
        )
    usual = _CARRIERS[carrier]
    if usual != balancer and {usual, balancer} != {"external", "haproxy"}:
        yield f"The virtual IP of {_NAMES[balancer]} is carried by {_NAMES[usual]} as you said it: take one of the two."

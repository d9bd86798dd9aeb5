"""The address in front of the servers: what each way to have one needs, drawn from the answers.

Source: RKE2 documentation, install/ha; rancher/rke2 issues 5557 and 5804 for joining through a balancer. RKE1's own
log for its nginx-proxy, which runs on every node without a control plane.
"""

from collections.abc import Iterator

from wizard.design.answers import Answers
from wizard.design.machine import Machine
from wizard.design.sections import front_address, front_kind, has_rancher

_CHECK = (
    "ports 6443 and 9345 in TCP mode to all servers, health checked on 6443: 9345 opens long before a server can be "
    "joined at"
)
_RKE1 = (
    "RKE1's nodes reach the API by an nginx-proxy of their own; what stands in front is for users: port 6443 to nodes "
    "with the control plane, 80 and 443 to workers."
)
_NO_ADDRESS = "No name and no virtual IP is given yet: nodes would join at the first server, and can't without it."


def entrance_notes(answers: Answers, servers: int, distribution: str) -> Iterator[str]:
    """Take answers, the number of servers and what runs on them; yield what to see to at the address in front."""
    if servers > 1 and distribution == "rke1":
        yield _RKE1
    elif servers > 1:
        yield from _to_servers(answers)
    yield from _to_services(answers)


def _to_servers(answers: Answers) -> Iterator[str]:
    name, balancer, kind = answers.word("dns_name"), answers.word("balancer"), front_kind(answers)
    address = front_address(answers)
    if name:
        yield f"{name} must lead to {address or 'the servers'} from every node before the rollout begins."
    elif balancer not in ("dns", "none") and not address:
        yield _NO_ADDRESS
    match balancer:
        case "external":
            yield from _external(answers)
        case "haproxy" | "haproxy-single" if kind is None:
            yield "HAProxy's machines are not named yet: the balancer is yours to set up until they are."
        case "haproxy" | "haproxy-single":
            yield from _haproxy(answers)
        case "kube-vip" if kind is None:
            yield "kube-vip has no address to carry yet: it is not set up until the virtual IP is given."
        case "kube-vip":
            yield (
                f"kube-vip carries {address}: it comes up with the first server, and the others join there. All "
                "servers must stand in the network of that address."
            )
        case "dns":
            yield "Round-robin DNS goes on naming a dead server: keep the time to live short, and take dead ones out."
        case "none" if not name:
            yield "Nodes join at the first server; while it is down, no other node can join."


def _external(answers: Answers) -> Iterator[str]:
    yield f"Your balancer: {_CHECK}. `rancher-wizard handoff cluster.yaml` writes it all out."
    if answers["vip_carrier"] == "keepalived":
        yield "keepalived: VRRP (IP protocol 112) must pass between the machines that carry the virtual IP."


def _haproxy(answers: Answers) -> Iterator[str]:
    machines = " and ".join(Machine.read(text).address for text in answers.words("balancer_nodes"))
    yield f"HAProxy is set up on {machines} before the servers join: ports 80, 443, 6443 and 9345 must be free there."
    if answers["balancer"] == "haproxy":
        yield "keepalived: VRRP (IP protocol 112) must pass between the machines that carry the virtual IP."
    if answers["balancer_mode"] == "http" and not answers["balancer_cert"]:
        yield "HAProxy's certificate is made by a CA of the wizard's own: browsers warn until they know that CA."


def _to_services(answers: Answers) -> Iterator[str]:
    """What leads to services: MetalLB's addresses, and the name of Rancher."""
    if answers.yes("metallb") and not answers.words("metallb_pool"):
        yield "MetalLB has no addresses to give yet: it is not installed until the spec says which."
    if answers.yes("rancher") and not has_rancher(answers):
        yield "Rancher has no name yet: room is kept for it, and it is not installed until it has one."
    elif has_rancher(answers):
        name = answers.word("rancher_hostname")
        yield f"{name} must lead to {_ingress(answers)}, also from the clusters that Rancher looks after."


def _ingress(answers: Answers) -> str:
    """Say where users of the ingress connect."""
    front = front_address(answers)
    if front and front_kind(answers) != "kube-vip":  # which leads to the servers' own ports alone
        return front
    if answers.words("metallb_pool") and answers.yes("metallb_ingress"):
        return "the address that MetalLB gives to the ingress"
    return "the nodes that run the ingress"

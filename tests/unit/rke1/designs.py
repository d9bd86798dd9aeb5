"""A spec for each design of RKE1, and for what is beside them: air gap, S3, a bastion."""

HEAD = "apiVersion: rancher-wizard/v1\nname: prod\ndistribution: rke1\nversion: v1.30.14-rancher1-1\nssh: {user: ops}\n"
ALL = "role: server, roles: [controlplane, etcd, worker]"


def _nodes(*lines: str) -> str:
    return "nodes:\n" + "".join(f"  - {{{line}}}\n" for line in lines)


def _row(name: str, first: int, count: int, what: str) -> list[str]:
    return [f"name: {name}-{n}, address: 10.0.0.{first + n}, {what}" for n in range(1, count + 1)]


SINGLE = HEAD + _nodes(*_row("all", 10, 1, ALL))
SMALL = HEAD + _nodes(*_row("all", 10, 3, ALL)) + "registration: {address: k8s.example.com, tls_sans: [10.0.0.100]}\n"
MEDIUM = HEAD + _nodes(*_row("mgmt", 10, 3, "role: server"), *_row("work", 20, 3, "role: agent"))
LARGE = HEAD + _nodes(
    *_row("etcd", 10, 5, "role: server, roles: [etcd]"),
    *_row("cp", 20, 4, "role: server, roles: [controlplane]"),
    *_row("work", 30, 4, "role: agent, labels: {app: ingress}"),
)
AIR_GAP = (
    SINGLE + "registries: {system_default_registry: 'reg.lan:5000', configs: {'reg.lan:5000': "
    "{auth: {username: puller, password: {env: REGISTRY_PASSWORD}}}}}\nsource: {kind: folder, path: files}\n"
)
S3 = (
    SMALL + "etcd: {snapshots: {schedule: '0 */3 * * *', s3: {endpoint: 's3.lan:9000', bucket: etcd, folder: prod, "
    "access_key: {env: S3_ACCESS}, secret_key: {env: S3_SECRET}}}}\nrke1: {services: {etcd: {s3_ca: s3-ca.pem}}}\n"
)
BASTION = SMALL.replace("ssh: {user: ops}", "ssh: {user: ops, key: ~/.ssh/rke, bastion: 'jump@gate.example.com:2222'}")

DESIGNS = {
    "single": SINGLE,
    "small": SMALL,
    "medium": MEDIUM,
    "large": LARGE,
    "air-gap": AIR_GAP,
    "s3": S3,
    "bastion": BASTION,
}

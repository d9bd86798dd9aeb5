"""The checks of the network proof: columns of the preflight's matrix that are filled by asking, not from facts."""

from wizard.checks.check import proven

ports = proven(
    "network.ports",
    "Ports between nodes",
    group="network",
    severity="must",
    why="A port that is closed between two nodes shows as a node that joins for ever, or as pods that hang.",
    source="RKE2 documentation, Requirements, Networking",
)
registration = proven(
    "network.registration",
    "Registration address",
    group="network",
    severity="should",
    why="Every node but the first joins there; what does not lead to a server lets no node in.",
    source="RKE2 documentation, High Availability, fixed registration address",
)
balancers = proven(
    "network.balancers",
    "From the balancers",
    group="network",
    severity="must",
    why="A server that its balancer does not reach counts as down there, and joins nobody.",
    source="RKE2 documentation, High Availability; profiles/ports.yaml, from clients",
)
latency = proven(
    "network.latency",
    "Round trips",
    group="network",
    severity="should",
    why="etcd writes wait for its members: slow ways between servers make every change slow, and elect leaders anew.",
    source="rke.docs.rancher.com, Requirements: etcd below 10 ms; etcd.io, Tuning",
)
loss = proven(
    "network.loss",
    "Packet loss",
    group="network",
    severity="should",
    why="A few lost packets in a hundred cost most of the bandwidth and look like a slow disk or a sick pod.",
    source="Mathis et al. 1997, The Macroscopic Behavior of the TCP Congestion Avoidance Algorithm",
)
mtu = proven(
    "network.mtu",
    "Path MTU",
    group="network",
    severity="should",
    why="Pods send packets as large as their interface takes; a narrower way swallows them: large answers hang.",
    source="RFC 7348, 4.3: VXLAN packets must not be divided on their way",
)
bandwidth = proven(
    "network.bandwidth",
    "Bandwidth",
    group="network",
    severity="note",
    why="Images, snapshots and volumes move between nodes; told on request alone, as measuring takes the whole way.",
    source="checked by `--bandwidth`; the figure to reach is in profiles/network.yaml",
)
jump_host = proven(
    "network.jump_host",
    "From this machine",
    group="network",
    severity="note",
    why="kubectl on this machine reaches the cluster the same way.",
    source="RKE2 documentation, Cluster Access",
)

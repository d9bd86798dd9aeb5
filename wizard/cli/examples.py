"""An example or two for commands whose use does not follow from their options."""

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "": (
        "rancher-wizard                      questions, a design, nodes, review, start",
        "rancher-wizard demo                 the same on a simulated site",
        "rancher-wizard check cluster.yaml   can the nodes carry it?",
        "rancher-wizard apply cluster.yaml   bring it up, live",
        "rancher-wizard status cluster.yaml  how does it stand now?",
    ),
    "new": (
        "rancher-wizard new -o prod.yaml",
        "rancher-wizard new --from cluster.yml --successor",
        "rancher-wizard new --answers cluster.answers.yaml --nodes hosts.csv",
    ),
    "demo": (
        "rancher-wizard demo --nodes 200 --speed 20",
        "rancher-wizard demo --headless --fail worker-002:install",
    ),
    "check": (
        "rancher-wizard check cluster.yaml --only disk,time --headless",
        "rancher-wizard check cluster.yaml --junit checks.xml --report checks.html",
        "rancher-wizard check cluster.yaml --fix swap,modules --on worker-1",
        'rancher-wizard check cluster.yaml --force-check cpu.count --reason "a lab"',
    ),
    "apply": (
        "rancher-wizard apply cluster.yaml",
        "rancher-wizard apply cluster.yaml --yes --headless",
    ),
    "attach": (
        "rancher-wizard attach prod",
        "rancher-wizard attach prod --screenshot prod.svg --size 120x40",
    ),
    "status": (
        "rancher-wizard status cluster.yaml         the running cluster, live",
        "rancher-wizard status cluster.yaml --json  the same once, for a monitor",
        "rancher-wizard status prod                 its latest rollout",
    ),
    "retry": ("rancher-wizard retry worker-1 prod",),
    "skip": ("rancher-wizard skip worker-1 prod",),
    "back": ("rancher-wizard back worker-1 prod",),
    "restore": (
        "rancher-wizard restore cluster.yaml --list",
        "rancher-wizard restore cluster.yaml --snapshot NAME --plan",
        "rancher-wizard restore cluster.yaml --data-of cp-1 --without cp-2",
    ),
    "nodes add": (
        "rancher-wizard nodes add cluster.yaml worker-4 --address 10.0.0.24",
        "rancher-wizard nodes add cluster.yaml cp-4 --address 10.0.0.14 --role server",
    ),
    "nodes remove": (
        "rancher-wizard nodes remove cluster.yaml worker-3 worker-4",
        "rancher-wizard nodes remove cluster.yaml cp-2 --dead",
    ),
    "nodes replace": ("rancher-wizard nodes replace cluster.yaml cp-2 --dead --address 10.0.0.15",),
    "upgrade plan": ("rancher-wizard upgrade plan cluster.yaml --from v1.33.1+rke2r1",),
    "snapshot schedule": (
        "rancher-wizard snapshot schedule cluster.yaml",
        'rancher-wizard snapshot schedule cluster.yaml --cron "0 */6 * * *"',
    ),
    "handoff": ("rancher-wizard handoff cluster.yaml --for f5 --for dns -o sheets",),
    "migrate plan": ("rancher-wizard migrate plan cluster.yml --addresses machines.txt --out rke2",),
    "bundle create": (
        "rancher-wizard bundle create cluster.yaml -o site.rwb",
        "rancher-wizard bundle create --version v1.34.2+rke2r1 -o site.rwb --dry-run",
        "rancher-wizard bundle create new.yaml --upgrade-from v1.33.4+rke2r1 -o way.rwb",
    ),
    "bundle sign": ("rancher-wizard bundle sign site.rwb --key release.key",),
    "bundle verify": ("rancher-wizard bundle verify site.rwb --key release.key.pub",),
    "bundle check": ("rancher-wizard bundle check site.rwb cluster.yaml",),
    "bundle diff": ("rancher-wizard bundle diff old.rwb new.rwb -o delta.rwb",),
    "bundle join": ("rancher-wizard bundle join delta.rwb --base old.rwb -o new.rwb",),
    "bundle push": ("rancher-wizard bundle push site.rwb registry.example.com:5000/mirror",),
}
"""Each command's name, and lines that can be typed; two blanks or more begin what a line is for."""

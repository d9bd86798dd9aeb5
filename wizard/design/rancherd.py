"""What a composed spec becomes where RancherD is asked for on purpose."""

from wizard.design.tree import Path, Tree, look, put
from wizard.spec.rancherd import facts_of

NOTES: dict[Path, str] = {
    ("version",): "Pinned: the release of the first RancherD; the second would else install the newest k3s.",
    ("nodes",): "The first server begins the cluster, the others join it by its Rancher, one at a time.",
    ("registration",): "Where users reach the API; nodes join at the first server's Rancher, port 8443.",
    ("source",): "The folder with RancherD's file and checksums, as you have kept them: nobody offers them now.",
    ("rancherd",): "Discontinued. Its successor, with the same answers: rancher-wizard new --from SPEC --successor.",
}
FOLDER = "rancherd"
SETTLED = ("airgap",)
"""Questions that need no answer: it comes from a folder, whatever is assumed of others."""


def as_rancherd(tree: Tree) -> None:
    """Change a spec of RKE2, as keys and values, into one of RancherD. What it can't do is left to the spec's rules.

    What it brings along by itself, or could not carry, is taken out.
    """
    tree["distribution"] = "rancherd"
    generation = look(tree, ("rancherd", "generation")) or 2
    known = facts_of(generation)
    # Only releases of RKE2 that are current are asked for; what was carried from a spec of RancherD stays.
    if "rancherd" not in tree:
        tree["version"] = known["example"]
        put(tree, ("rancherd", "generation"), generation)
        put(tree, ("rancherd", "rancher_version"), known["rancher"])
    for part in ("rancher", "metallb", "ingress"):
        tree.pop(part, None)
    source = tree.get("source") or {}
    if source.get("kind") != "folder":
        tree["source"] = {"path": FOLDER, "kind": "folder"}

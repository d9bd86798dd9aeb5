"""What an earlier answer needed and a later one rules out, taken from a spec that is being composed."""

from wizard.design.answers import Answers
from wizard.design.part import S3
from wizard.design.sections import front_kind
from wizard.design.tree import Tree, look, take

_HAPROXY_ONLY = ("nodes", "mode", "sticky", "router_id", "stats")
_HTTP_ONLY = ("hosts", "tls", "clusters")
# What no question asks for, and how Rancher's certificate must be made for it to be read.
_TLS_ONLY = {"environment": ("letsEncrypt",), "cert_manager": ("rancher", "letsEncrypt")}


def prune(tree: Tree, answers: Answers) -> None:
    """Take what is left over from `tree`. What the operator has said nothing about stays as it was carried."""
    if look(tree, (*S3, "bucket")) is None or (answers.stated("backup") and answers["backup"] != "s3"):
        take(tree, S3)
    if answers["airgap"] != "online":
        take(tree, ("source", "mirror"))
    for key in ("metallb", "rancher"):
        if answers.stated(key) and not answers.yes(key):
            tree.pop(key, None)
    if answers.stated("balancer"):
        _prune_balancer(tree, answers)
    tls = look(tree, ("rancher", "tls")) or "rancher"
    for field, ways in _TLS_ONLY.items():
        if answers.stated("rancher") and tls not in ways:
            take(tree, ("rancher", field))


def _prune_balancer(tree: Tree, answers: Answers) -> None:
    kind = front_kind(answers)
    if kind is None:
        tree.pop("balancer", None)
    if kind != "haproxy":
        for field in _HAPROXY_ONLY:
            take(tree, ("balancer", field))
    if look(tree, ("balancer", "mode")) != "http":
        for field in _HTTP_ONLY:
            take(tree, ("balancer", field))

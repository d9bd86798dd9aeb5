"""Whether a release tells who votes in etcd: where none does, nobody can wait for it."""

from wizard.profiles import profile


def tells_voters(version: str) -> bool:
    """Take what kubelets report, such as v1.34.2+rke2r1; "" is an old release that nobody knows the number of."""
    if not version:
        return False
    major, minor, patch = (int(part) for part in version.removeprefix("v").partition("+")[0].split("."))
    first: dict[str, int] = profile("rke2/voters")["first"]
    known = first.get(f"{major}.{minor}")
    if known is not None:
        return patch >= known
    return all((major, minor) > tuple(map(int, each.split("."))) for each in first)

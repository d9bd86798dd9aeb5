"""Which Rancher, cert-manager and Kubernetes go together, as profiles/rancher.yaml has it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from wizard.profiles import profile

Line = tuple[int, int]
_HELM_BACK = 3
"""How many minors before the one that it is built for a helm is meant for."""


@dataclass(frozen=True, slots=True)
class Window:
    """The minors of Kubernetes that a release is for, both ends included."""

    lowest: Line
    highest: Line

    def __contains__(self, line: Line) -> bool:
        return self.lowest <= line <= self.highest

    def __str__(self) -> str:
        return f"v{dotted(self.lowest)} to v{dotted(self.highest)}"


def line_of(version: str) -> Line:
    """Return major and minor of a version: v1.34.2+rke2r1 gives (1, 34)."""
    major, minor = version.removeprefix("v").split(".")[:2]
    return int(major), int(minor)


def dotted(line: Line) -> str:
    """Return a line as 1.34."""
    return f"{line[0]}.{line[1]}"


def rancher_window(line: Line) -> Window | None:
    """Return what a minor of Rancher is for; None for one that the profile does not know."""
    return _window(profile("rancher")["lines"].get(dotted(line)))


def cert_manager_window(line: Line) -> Window | None:
    """Return what a minor of cert-manager is for; None for one that the profile does not know."""
    return _window(profile("rancher")["cert_manager"].get(dotted(line)))


def oldest_known(part: str) -> Line:
    """Return the oldest minor that the profile knows of `lines` (Rancher) or `cert_manager`."""
    return min(map(line_of, profile("rancher")[part]))


def oldest_cert_manager(rancher: Line) -> Line | None:
    """Return the oldest cert-manager that a minor of Rancher takes; None where it says nothing."""
    known = profile("rancher")["lines"].get(dotted(rancher), {}).get("cert_manager")
    return line_of(known) if known else None


def newest_cert_manager(kubernetes: Line) -> str | None:
    """Return the newest known cert-manager for a minor of Kubernetes."""
    fit = [each["newest"] for each in profile("rancher")["cert_manager"].values() if kubernetes in _sure(each)]
    return str(fit[-1]) if fit else None


def helm_window(helm: Line) -> Window | None:
    """Return the minors of Kubernetes that a minor of helm is meant for; None for one that nobody knows yet."""
    built_for = profile("rancher")["helm_built_for"].get(dotted(helm))
    if built_for is None:
        return None
    major, minor = line_of(built_for)
    return Window((major, minor - _HELM_BACK), (major, minor))


def ranchers_for(kubernetes: Line) -> tuple[str, ...]:
    """Return the minors of Rancher that a minor of Kubernetes may carry, oldest first."""
    lines: Iterable[tuple[str, Any]] = profile("rancher")["lines"].items()
    return tuple(name for name, each in lines if kubernetes in _sure(each))


def reached(rancher: Line, change: str) -> bool:
    """Whether a minor of Rancher has one of the changes that the profile lists under `since`."""
    return rancher >= line_of(profile("rancher")["since"][change])


def _window(known: Any) -> Window | None:
    return _sure(known) if known else None


def _sure(known: Any) -> Window:
    lowest, highest = known["kubernetes"]
    return Window(line_of(lowest), line_of(highest))

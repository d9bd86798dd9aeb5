"""From the Rancher that is there to the one that is wanted: what stands in the way."""

from collections.abc import Iterator

from wizard.rancher.state import State
from wizard.spec.rancher import Rancher
from wizard.spec.rancher_line import dotted, line_of, reached

STUCK = (
    "Wait a few minutes. Where finalizers of a former Rancher hold them, run the job of "
    "github.com/rancher/rancher-cleanup, which takes that Rancher's records away, too; then retry."
)


def upgrading(state: State | None, rancher: Rancher) -> bool:
    """Whether another Rancher than the wanted one is there."""
    return bool(state and state.rancher and state.rancher != rancher.version)


def obstacles(state: State, rancher: Rancher) -> Iterator[tuple[str, str]]:
    """Yield what keeps an install or an upgrade from being begun, each with the next move.

    Source: Rancher documentation, "Upgrades" (one minor at a time, no way back but a restore);
    chart/scripts/pre-upgrade-hook.sh of rancher/rancher; rancher/rancher-cleanup, for what an uninstall leaves.
    """
    if state.ending:
        yield f"still being deleted: {', '.join(state.ending[:5])}", STUCK
    if not state.rancher:
        return
    there, wanted = line_of(state.rancher), rancher.line
    if _numbers(rancher.version) < _numbers(state.rancher):
        yield (
            f"Rancher {state.rancher} is there, newer than {rancher.version}",
            "The way back is the backup made on the older one: restore it, then install that version.",
        )
    elif wanted > (there[0], there[1] + 1):
        yield (
            f"from Rancher {state.rancher} to {rancher.version} a minor would be left out",
            f"Go to {dotted((there[0], there[1] + 1))} first.",
        )
    if state.rke1 and reached(wanted, "no_rke1"):
        yield (
            f"Rancher {dotted(wanted)} manages no RKE1 any more, and there is {', '.join(state.rke1[:5])}",
            "Migrate or remove those clusters first: the upgrade would fail in its first hook.",
        )


def _numbers(version: str) -> tuple[tuple[int, ...], bool]:
    numbers, dash, _ = version.partition("-")
    return tuple(map(int, numbers.split("."))), not dash

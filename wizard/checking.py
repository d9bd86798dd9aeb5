"""Checks under an operator's hands: run again for a node or a check, waived, mended, taken back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Coroutine, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from wizard import mending
from wizard.apply import Given
from wizard.checks.board import Board
from wizard.checks.check import Check
from wizard.checks.keep import keep_waivers, write_report
from wizard.checks.known import CHECKS
from wizard.checks.run import Preflight
from wizard.errors import ChangedHostKey, UntrustedHost
from wizard.host_keys import accept_keys, doubtful_keys
from wizard.hosts.target import Credentials
from wizard.hosts.trust import HostKey
from wizard.mend.mend import Mend
from wizard.mending import Offer, Outcome
from wizard.preflight import blank, open_preflight
from wizard.rollout.outline import count
from wizard.site import state_dir, state_path
from wizard.spec.models import Spec

T = TypeVar("T")
Outcomes = tuple[Outcome, ...]


class Checking:
    """The checks of one spec while a screen shows them; all work is done in turn, and ends with `close`."""

    def __init__(self, board: Board, preflight: Preflight, *, base: Path = Path(), given: Given | None = None) -> None:
        """`base` is the folder of the spec."""
        self.board = board
        self.complete = False
        """Whether all checks of all nodes have been run to the end, at least once."""
        self._preflight = preflight
        self._base, self._given = base, given or Given()
        self._turn = asyncio.Lock()
        self._tasks: dict[asyncio.Task[Any], str] = {}
        self._broken: BaseException | None = None

    @property
    def spec(self) -> Spec:
        """What is checked."""
        return self._preflight.spec

    @property
    def doing(self) -> tuple[str, ...]:
        """What is being done, and after it what waits for its turn, each such as `checking 4 nodes`."""
        return tuple(self._tasks.values())

    def run(self, *, nodes: Collection[str] | None = None, only: Collection[str] | None = None) -> None:
        """Check `nodes` by the checks `only` (all when None) as soon as it is their turn; the board tells of it."""
        words = f"checking {count(len(self.spec.nodes if nodes is None else nodes))}"
        if only is not None:
            words += f" for {', '.join(only)}" if len(only) < 3 else f" for {len(only)} checks"
        self._start(self._run(nodes, only), words).add_done_callback(self._ended)

    async def _run(self, nodes: Collection[str] | None, only: Collection[str] | None) -> None:
        await self._preflight.run(nodes=nodes, only=only)
        self.complete = self.complete or (nodes is None and only is None)

    @property
    def strangers(self) -> tuple[str, ...]:
        """The nodes whose host key is unknown, or not the one on record, when they were last looked at."""
        errors = self._preflight.failures
        return tuple(name for name, error in errors.items() if isinstance(error, UntrustedHost | ChangedHostKey))

    async def doubtful_keys(self) -> tuple[HostKey, ...]:
        """Return the host keys that are unknown or have changed."""
        return await doubtful_keys(self.spec, self._base, self._given)

    def trust(self, keys: Iterable[HostKey]) -> int:
        """Record unknown host keys, never a changed one, and return how many were new.

        Raises WizardError when that is not possible.
        """
        return accept_keys(keys, self.spec, self._base)

    def offers(self, nodes: Iterable[str], *, checks: Collection[str] | None = None) -> tuple[Offer, ...]:
        """Return what can be mended on `nodes`, of what answers one of `checks` (any when None)."""
        there, matrix = set(nodes), self.board.matrix
        return tuple(
            offer
            for offer in mending.offers(self.spec, matrix, self._preflight.facts, base=self._base)
            if offer.node in there and (checks is None or set(checks) & set(offer.checks))
        )

    async def preview(self, offers: Sequence[Offer]) -> Outcomes:
        """Return what each offer would do, asked of the nodes themselves; nothing is changed."""
        return await mending.preview(offers, self._preflight.hosts)

    async def mend(self, offers: Sequence[Offer]) -> Outcomes:
        """Carry offers out when it is their turn, and check those nodes again; return what came of them.

        Raises WizardError when it can't be recorded what was done.
        """
        nodes = _nodes(offer.node for offer in offers)

        async def act() -> Outcomes:
            outcomes = await mending.mend(offers, self._preflight.hosts, state_dir(self.spec.name))
            await self._run(nodes, None)
            return outcomes

        return await asyncio.shield(self._start(act(), f"mending {count(len(nodes))}"))

    def mended(self, nodes: Iterable[str]) -> tuple[tuple[str, Mend], ...]:
        """Return what was mended on `nodes` and can be taken back, the latest first."""
        there = {node.name for node in self.spec.nodes} & set(nodes)
        return mending.standing(state_path(self.spec.name), nodes=there) if there else ()

    async def undo(self, mends: Sequence[tuple[str, Mend]]) -> Outcomes:
        """Take mends back when it is their turn, and check those nodes again; return what came of it.

        Raises WizardError when it can't be recorded what was done.
        """
        nodes = _nodes(node for node, _ in mends)

        async def act() -> Outcomes:
            outcomes = await mending.undo(mends, self._preflight.hosts, state_dir(self.spec.name))
            await self._run(nodes, None)
            return outcomes

        return await asyncio.shield(self._start(act(), f"taking back on {count(len(nodes))}"))

    def waive(self, node: str, check: str, reason: str) -> None:
        """Let a finding not count, now and in later runs on this cluster.

        Raises WizardError where a failed must is meant, without a reason, and when it can't be kept.
        """
        self.board.waive(node, check, reason)
        keep_waivers(self.board.matrix, state_dir(self.spec.name))

    def unwaive(self, node: str, checks: Iterable[str]) -> tuple[str, ...]:
        """Let waived findings of a node count again; return the checks of which there were any.

        Raises WizardError when that can't be kept.
        """
        back = tuple(check for check in checks if self.board.unwaive(node, check))
        if back:
            keep_waivers(self.board.matrix, state_dir(self.spec.name))
        return back

    def report(self, path: Path) -> None:
        """Write all that is known by now as Markdown. Raises WizardError when that is not possible."""
        write_report(self.board.matrix, path)

    def raise_broken(self) -> None:
        """Raise what a work of the background ended with, if it did: a fault of ours must not pass unseen."""
        if self._broken:
            raise self._broken

    async def close(self) -> None:
        """End what is being done; listeners of the network proof are ended with it."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, act: Coroutine[Any, Any, T], words: str) -> "asyncio.Task[T]":
        task = asyncio.get_running_loop().create_task(self._in_turn(act))
        self._tasks[task] = words
        task.add_done_callback(lambda done: self._tasks.pop(done))
        return task

    async def _in_turn(self, act: Coroutine[Any, Any, T]) -> T:
        try:
            # Two network proofs at a time would find each other's listeners.
            async with self._turn:
                return await act
        finally:
            act.close()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()):
            self._broken = error


@contextlib.asynccontextmanager
async def open_checking(
    spec: Spec,
    base: Path,
    given: Given,
    checks: Sequence[Check] = CHECKS,
    *,
    forced: Mapping[str, str] | None = None,
) -> AsyncIterator[Checking]:
    """Open the way to the nodes of a spec and hold their checks ready; nothing is run before it is asked for.

    `base` is the folder of the spec, `forced` names checks that shall not count, each with the reason.
    """
    board = Board(blank(spec, checks, forced or {}))
    credentials = Credentials(given.sudo_password, given.key_passphrase)
    async with open_preflight(spec, base, credentials, checks, emit=board.apply) as preflight:
        checking = Checking(board, preflight, base=base, given=given)
        try:
            yield checking
        finally:
            await checking.close()


def _nodes(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))

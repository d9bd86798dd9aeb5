"""The keys by which etcd holds Secrets: how they stand on each server, and new ones.

Source: RKE2 documentation, "Secrets Encryption"; k3s pkg/server/handlers/secrets-encrypt.go.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wizard.distros.rke2.install import prober
from wizard.errors import CommandFailed, HostError, StepFailed
from wizard.files import write_private
from wizard.hosts.host import Host
from wizard.hosts.output import Result
from wizard.hosts.script import load_script
from wizard.plain import plain
from wizard.rollout.plan import Plan, Stage
from wizard.rollout.step import Outcome, Unsettled, Work
from wizard.rollout.survey import Reach
from wizard.site import Site
from wizard.upgrade.snapshot import Snapshot
from wizard.upkeep.servers import ending, names, release, restarts

ROOM = Path(__file__).parent
STATUS = load_script(ROOM, "encryption_status")
KEYS = load_script(ROOM, "encryption_keys")
ROTATE = load_script(ROOM, "rotate_keys")
ASK_RESTART = load_script(ROOM, "ask_restart")
FILE = "encryption-rotation.json"
COMMAND = "secrets-encryption rotate"
STATUS_S = 70.0
ROTATE_S = 130.0
AGAIN_S = 2.0
FINISHED = "reencrypt_finished"
RESTS = ("start", FINISHED)
"""Stages in which nothing is under way."""
ACTIVE = "reencrypt_active"


@dataclass(frozen=True, slots=True)
class Keys:
    """What one server says of its keys: their names, never the keys."""

    enabled: bool
    stage: str
    active: str
    others: tuple[str, ...]
    """Keys that still open Secrets, and seal none any more."""
    alike: bool
    """Whether all servers have the same keys, as their nodes' annotations say."""
    doubt: str

    @classmethod
    def of(cls, lines: tuple[str, ...]) -> "Keys":
        """Return what `rke2 secrets-encrypt status --output json` printed; raises ValueError for anything else."""
        record = json.loads("\n".join(lines))
        if not isinstance(record, dict):
            raise ValueError("not a status")
        return cls(
            enabled=record.get("enable") is True,
            stage=plain(str(record.get("stage", ""))),
            active=plain(str(record.get("activekey", ""))),
            others=tuple(plain(str(each)) for each in record.get("inactivekeys") or ()),
            alike=record.get("hashmatch") is True,
            doubt=plain(str(record.get("hasherror", ""))),
        )


async def keys_of(host: Host) -> Keys:
    """Ask a server for its keys. Raises StepFailed for an answer that is none, and what Host.run raises."""
    result = await host.run(STATUS, timeout_s=STATUS_S, check=False)
    try:
        return Keys.of(result.lines)
    except ValueError:
        raise StepFailed(
            host.name,
            f"rke2 secrets-encrypt gives no status: {_last(result)}",
            cause="The server's API is not ready.",
            hint=f"On {host.name}: systemctl status rke2-server; then retry.",
        ) from None


async def all_keys(servers: tuple[str, ...], hosts: Callable[[str], Host]) -> dict[str, Keys | HostError]:
    """Return the keys of each server, or why they are not known."""

    async def ask(name: str) -> Keys | HostError:
        try:
            return await keys_of(hosts(name))
        except HostError as error:
            return error

    return dict(zip(servers, await asyncio.gather(*map(ask, servers)), strict=True))


def lines(found: Mapping[str, Keys | HostError]) -> Iterator[str]:
    """Yield the keys of each server for reading."""
    width = max(map(len, found), default=0)
    for name, keys in found.items():
        if isinstance(keys, HostError):
            yield f"{name:<{width}}  not known: {keys.what}"
            continue
        how = "enabled" if keys.enabled else "DISABLED"
        more = f", also {', '.join(keys.others)}" if keys.others else ""
        yield f"{name:<{width}}  {how:<8}  {keys.stage:<18}  {keys.active or 'no key'}{more}"
    doubts = {keys.doubt or "servers differ" for keys in found.values() if isinstance(keys, Keys) and not keys.alike}
    yield from (f"{doubt}: restart the servers, one at a time" for doubt in sorted(doubts))


def record(found: Mapping[str, Keys | HostError]) -> list[dict[str, Any]]:
    """Return the keys of each server for a program."""
    return [
        {"server": name} | ({"unknown": keys.what} if isinstance(keys, HostError) else asdict(keys))
        for name, keys in found.items()
    ]


def well(found: Mapping[str, Keys | HostError]) -> bool:
    """Whether Secrets are sealed by the same keys on all servers, and nothing is under way."""
    return all(
        isinstance(keys, Keys) and keys.enabled and keys.alike and keys.stage in RESTS for keys in found.values()
    )


def unfinished(state: Path) -> bool:
    """Tell whether a rotation has begun that is not proven on every server yet."""
    return (state / FILE).exists()


def rotate(site: Site) -> Plan:
    """Return the plan that seals all Secrets by a new key, or goes on with one that was cut short. Pure.

    Raises Refused while a server can't be reached or runs another release than the spec's.
    """
    runs, first = release(site), names(site)[0]
    steps = (
        Reach(site.survey, prober()),
        Snapshot(site, runs, "before-encryption-keys", fresh_s=0 if not _begun(site) else 24 * 3600),
        NewKey(site),
    )
    return Plan(
        site.spec.name,
        (
            Stage("encryption-key", "New key for Secrets", "servers", ((first,),), steps),
            restarts(site, "encryption-servers", before=(TakeKeys(first),)),
            ending(site, "encryption-proof", "Verification", Alike(site)),
        ),
        settled=tuple(node.name for node in site.spec.agents),
        command=COMMAND,
    )


@dataclass(frozen=True, slots=True)
class NewKey(Unsettled):
    """Has RKE2 make a key and seal every Secret by it, and waits for the end; unchanged where this rotation did."""

    site: Site
    key: str = "new-key"
    title: str = "Make a new key and seal every Secret by it"
    timeout_s: float = 3600.0
    expected_s: float = 20.0

    async def carry_out(self, work: Work) -> Outcome:
        keys = await keys_of(work.host)
        former = _begun(self.site)
        if former and _done(keys, former):
            return "unchanged"
        if keys.stage != ACTIVE:
            _refuse(work.node, keys, former)
            former = former or keys.active
            write_private(self.site.state / FILE, json.dumps({"former": former}).encode())
            await self._ask(work)
        try:
            async with asyncio.timeout(self.timeout_s - 200):
                while not _done(keys := await keys_of(work.host), former or ""):
                    if keys.stage in RESTS and keys.active == former:
                        raise StepFailed(work.node, "no key was made", hint="Read its log, then retry.")
                    work.tell(50, f"{keys.stage}: Secrets are sealed anew")
                    await asyncio.sleep(AGAIN_S)
        except TimeoutError:
            raise StepFailed(
                work.node,
                f"Secrets are still being sealed anew ({keys.stage}) after {self.timeout_s - 200:.0f} s",
                hint="Restart no server; see journalctl -u rke2-server there. Retry goes on waiting.",
            ) from None
        work.said(f"every Secret is sealed by {keys.active}")
        return "done"

    async def _ask(self, work: Work) -> None:
        try:
            result = await work.host.run(ROTATE, timeout_s=ROTATE_S, check=False)
        except CommandFailed:
            return  # it may go on there: the status tells
        if result.exit_status == 0 or (await keys_of(work.host)).stage in (ACTIVE, FINISHED):
            for line in result.lines:
                work.said(line)
            return
        raise StepFailed(
            work.node, f"rke2 made no new key: {_last(result)}", hint="Mend what it names, then retry; nothing changed."
        )


def _done(keys: Keys, former: str) -> bool:
    return keys.stage == FINISHED and keys.active != former and former not in keys.others


def _refuse(node: str, keys: Keys, former: str | None) -> None:
    if not keys.enabled:
        raise StepFailed(node, "Secrets are not encrypted", hint="rke2 secrets-encrypt enable there, then retry.")
    if keys.stage not in RESTS:
        raise StepFailed(
            node,
            f"another rotation is under way: {keys.stage}",
            cause="It was begun by hand, by prepare, rotate and reencrypt.",
            hint="Finish it as RKE2's documentation says (Encryption Key Rotation Classic); then retry.",
        )
    if not keys.alike and former is None:
        raise StepFailed(
            node,
            keys.doubt or "servers have different keys",
            cause="A rotation before this one was not ended by a restart of every server.",
            hint="systemctl restart rke2-server on one server after the other, each until it is Ready; then retry.",
        )


@dataclass(frozen=True, slots=True)
class TakeKeys(Unsettled):
    """Asks for a restart where a server has not started with the present keys."""

    first: str
    """The server that made them: it has them on its disk, and is restarted too."""
    key: str = "take-keys"
    title: str = "See whether the server has the keys"
    timeout_s: float = 120.0
    expected_s: float = 1.0

    async def carry_out(self, work: Work) -> Outcome:
        wanted, _, _ = await self._keys(work, self.first)
        found, written, since = await self._keys(work, work.node)
        if found == wanted and (work.node != self.first or since > written):
            return "unchanged"
        await work.host.run(ASK_RESTART, timeout_s=20)
        return "done"

    async def _keys(self, work: Work, name: str) -> tuple[str, int, int]:
        """Hash of its file of keys, when that was written, since when RKE2 runs."""
        digest, written, since = (*(await work.at(name).run(KEYS, timeout_s=30)).lines[-1].split(), "0", "0")[:3]
        return digest, int(written), int(since)


@dataclass(frozen=True, slots=True)
class Alike(Unsettled):
    """Proves that every server has the same keys; then the rotation has ended."""

    site: Site
    key: str = "alike"
    title: str = "Prove that every server has the same keys"
    timeout_s: float = 300.0
    expected_s: float = 2.0

    async def carry_out(self, work: Work) -> Outcome:
        found: dict[str, Keys | HostError] = {}
        try:
            async with asyncio.timeout(self.timeout_s - 10):
                while not well(found := await all_keys(names(self.site), work.at)):
                    work.tell(50, next(reversed(tuple(lines(found)))))
                    await asyncio.sleep(AGAIN_S)
        except TimeoutError:
            raise StepFailed(work.node, "; ".join(lines(found)) or "no server answers", hint="Retry.") from None
        (self.site.state / FILE).unlink(missing_ok=True)
        for line in lines(found):
            work.said(line)
        return "done"


def _begun(site: Site) -> str | None:
    """The name of the key that a rotation replaces that was begun and not ended, None where there is none."""
    try:
        return str(json.loads((site.state / FILE).read_text())["former"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return ""


def _last(result: Result) -> str:
    return next((line for line in reversed((*result.lines, *result.errors)) if line.strip()), "no answer")[:300]

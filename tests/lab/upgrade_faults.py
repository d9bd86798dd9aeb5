"""Faults in an upgrade as a table of step and fault, and a runner that puts them into hops of one living cluster.

A row ends `done` when the rollout goes on by itself, `again` when it stops in a named state and `upgrade apply` ends
it once the fault is mended, `back` when the node goes back to its former release first.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.lab import faults, processes
from tests.lab.lab import Lab
from tests.lab.machine import install_packages
from tests.lab.operator import Operator, changed_spec, cluster_nodes, etcd_members, overruled
from wizard.rollout import events as ev

KUBECTL = "/var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml"
ETCDCTL = (
    "ETCDCTL_API=3 etcdctl --endpoints=https://127.0.0.1:2379 --cacert {0}/server-ca.crt --cert {0}/server-client.crt "
    "--key {0}/server-client.key"
).format("/var/lib/rancher/rke2/server/tls/etcd")
SERVERS, AGENTS = 3, 1
HOP_S = 400
CUT_S, OFF_S = 12, 6
CLOCK = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"

Ends = Literal["done", "again", "back"]


@dataclass(frozen=True)
class Row:
    """A fault on a node at a step of its upgrade, and how that is to end."""

    fault: str
    node: str
    step: str
    ends: Ends
    says: str = ""
    """Words of what is seen, where the rollout stops."""


@dataclass
class Ended:
    """What became of a row."""

    row: Row
    saw: str = ""
    ended: str = "not reached"
    took_s: float = 0.0


@dataclass
class Site:
    """One cluster whose upgrades are disturbed."""

    lab: Lab
    operator: Operator
    spec: Path
    clock: Path
    written: list[str] = field(default_factory=list)

    def put(self) -> None:
        """Write what no fault may lose."""
        key = f"/lab/{len(self.written)}"
        self.lab["n1"].run(f"{ETCDCTL} put {key} {key}")
        self.written.append(key)

    def lost(self) -> set[str]:
        """Return what was written and is no longer there."""
        found = self.lab["n2"].run(f"{ETCDCTL} get --prefix /lab/ --keys-only").stdout.split()
        return set(self.written) - set(found)

    def versions(self) -> dict[str, str]:
        """Return what each node runs."""
        template = '{range .items[*]}{.metadata.name}{" "}{.status.nodeInfo.kubeletVersion}{"\\n"}{end}'
        said = self.lab["n1"].run(f"{KUBECTL} get nodes -o jsonpath='{template}'").stdout
        return dict(line.split() for line in said.splitlines())


@contextmanager
def site(lab: Lab, home: Path, version: str) -> Iterator[Site]:
    """Bring a cluster up on a release, its nodes drained for 10 s at most."""
    install_packages({"faketime": "faketime"})
    operator, clock = Operator(lab, home), home / "clock"
    clock.write_text("+0")
    # The jump host's clock jumps at a word in a file; durations go by another clock that does not.
    operator.environment |= {
        "LD_PRELOAD": CLOCK,
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    lab.release_of(version)
    source = {"kind": "folder", "path": str(lab.release_of(version).parent)}
    spec = lab.spec(servers=SERVERS, agents=AGENTS, version=version, source=source, upgrade={"drain_timeout_s": 10})
    done = operator.apply(spec)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    yield Site(lab, operator, spec, clock)


def upgraded(site: Site, version: str, rows: Sequence[Row]) -> list[Ended]:
    """Upgrade the cluster with one fault after the other, each on its node; return what became of each.

    Raises AssertionError where a row did not end as the table says, or the cluster is not whole after the last.
    """
    site.lab.release_of(version)
    before = site.versions()["n1"]
    changed_spec(site.spec, version=version)
    site.put()
    found = [Ended(row) for row in rows]
    with ExitStack() as early:
        planted = {
            each.row.node: early.enter_context(_planted(site, each.row, version))
            for each in found
            if each.row.fault in EARLY
        }
        run = _Run(site)
        for each in found:
            began = time.monotonic()
            if each.row.fault in EARLY:
                run = _stopped(run, each, before, planted[each.row.node])
            else:
                run = _struck(run, each, version)
            each.took_s = time.monotonic() - began
        code, said = run.over()
        assert code == 0, said
    _whole(site, version)
    return found


class _Run:
    """One `upgrade apply` under way."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._known = len(list((site.operator.state / "rollouts").iterdir()))
        # A node's disk is too small for images that it would fetch itself.
        words = site.operator.words(
            *("upgrade", "apply", site.spec, "--yes", "--headless", "--output"), *overruled("disk.room")
        )
        self._process = site.lab.jump_start(
            *words,
            env=site.operator.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def wait_for(self, what: Callable[[ev.Event], bool]) -> ev.Event:
        """Return the first such event of this run; raises AssertionError when it ends without one."""
        end = time.monotonic() + HOP_S
        while time.monotonic() < end:
            over = self._process.poll() is not None
            if event := next(filter(what, self._events()), None):
                return event
            assert not over, f"ended: {self.over()}"
            time.sleep(0.1)
        raise AssertionError(f"nothing of the kind in {HOP_S} s: {self.site.operator.tail()}")

    def _events(self) -> Iterable[ev.Event]:
        runs = list((self.site.operator.state / "rollouts").iterdir())
        return self.site.operator.events() if len(runs) > self._known else ()

    def over(self) -> tuple[int, str]:
        """Wait for the command's end; return its exit code and what it said last."""
        said = str(self._process.communicate(timeout=HOP_S)[0])
        return self._process.returncode, said[-4000:]


def _stopped(run: _Run, each: Ended, before: str, mend: Callable[[], None]) -> _Run:
    """Wait until the planted fault stops the rollout in a named state; mend it, and start it again."""
    row, site = each.row, run.site

    def failed(event: ev.Event) -> bool:
        return isinstance(event, ev.StepEnded) and event.outcome == "failed" and event.node == row.node

    event = run.wait_for(failed)
    assert isinstance(event, ev.StepEnded)
    assert event.step == row.step, f"{row}: failed at {event.step}: {event.saw}"
    assert row.says in event.saw, f"{row}: {event.saw}"
    assert event.next_move
    each.saw = event.saw
    run.over()
    if row.ends == "back":
        words = ("upgrade", "back", site.spec, row.node, "--yes", "--headless")
        back = site.operator.run(*words, timeout_s=HOP_S)
        assert back.returncode == 0, back.stdout + back.stderr
        assert site.versions()[row.node] == before
        assert cluster_nodes(site.lab["n1"])[row.node] == "Ready"
    mend()
    each.ended = "back, then upgrade apply" if row.ends == "back" else "upgrade apply"
    return _Run(site)


def _struck(run: _Run, each: Ended, version: str) -> _Run:
    """Strike when the node begins the step; where the engine is gone then, start it again."""
    row, site = each.row, run.site

    def begun(event: ev.Event) -> bool:
        return isinstance(event, ev.StepStarted) and (event.node, event.step) == (row.node, row.step)

    run.wait_for(begun)
    STRIKES[row.fault](site, row)
    if row.ends == "done":
        run.wait_for(lambda event: isinstance(event, ev.NodeEnded) and event.node == row.node and _done(event, version))
        each.ended = "by itself"
        return run
    run.over()
    each.saw, each.ended = "the engine is gone", "upgrade apply"
    return _Run(site)


def _done(event: ev.NodeEnded, version: str) -> bool:
    hop = version.removeprefix("v").replace("+", "-")
    return event.outcome == "done" and event.stage in (f"servers-{hop}", f"agents-{hop}")


def _whole(site: Site, version: str) -> None:
    assert set(site.versions().values()) == {version}
    assert set(cluster_nodes(site.lab["n1"]).values()) == {"Ready"}
    assert etcd_members(site.lab["n1"]) == SERVERS
    assert site.lost() == set()
    for name, node in site.lab.nodes.items():
        left = node.run("ls -A /var/lib/rancher-wizard 2>/dev/null; systemctl list-units --no-legend 'rancher-wizard*'")
        assert left.stdout == "", f"{name}: {left.stdout}"


def _kill(site: Site, row: Row) -> None:
    pid = site.operator.engine()
    assert pid
    os.kill(pid, signal.SIGKILL)


def _cut(site: Site, row: Row) -> None:
    with faults.cut(site.lab[row.node]):
        time.sleep(CUT_S)


def _dies(site: Site, row: Row) -> None:
    faults.power_cut(site.lab[row.node])
    time.sleep(OFF_S)
    faults.power_on(site.lab[row.node])


def _jumps(site: Site, row: Row) -> None:
    """Two hours on, then three back."""

    def turn() -> None:
        for text in ("+7200", "-3600"):
            site.clock.write_text(text)
            time.sleep(2)

    thread = threading.Thread(target=turn)
    thread.start()
    thread.join()


STRIKES: dict[str, Callable[[Site, Row], None]] = {
    "engine killed": _kill,
    "link lost": _cut,
    "node dies": _dies,
    "clock jumps": _jumps,
}
EARLY = ("drain blocked", "disk full", "unit fails", "download cut")


@contextmanager
def _planted(site: Site, row: Row, version: str) -> Iterator[Callable[[], None]]:
    """Have a fault wait on the node; yield what mends it."""
    mended = threading.Event()

    def mend() -> None:
        if not mended.is_set():
            mended.set()
            undo()

    undo = PLANTS[row.fault](site, row, version)
    try:
        yield mend
    finally:
        mend()


def _annotate(site: Site, row: Row, pod: str) -> None:
    patch = f'{{"metadata":{{"annotations":{{"standin/blocked-by":{pod}}}}}}}'
    site.lab["n2" if row.node == "n1" else "n1"].run(f"{KUBECTL} patch node {row.node} --patch='{patch}'")


def _blocked(site: Site, row: Row, version: str) -> Callable[[], None]:
    _annotate(site, row, '"default/web-1"')
    return lambda: _annotate(site, row, "null")


def _full(site: Site, row: Row, version: str) -> Callable[[], None]:
    """Full once the checks before a start have seen it roomy."""
    held = ExitStack()

    def fill() -> None:
        end = time.monotonic() + HOP_S
        while time.monotonic() < end:
            if any(isinstance(event, ev.RolloutStarted) and _of(event, version) for event in site.operator.events()):
                held.enter_context(faults.full_disk(site.lab[row.node], leave_mib=4))
                return
            time.sleep(0.1)

    thread = threading.Thread(target=fill)
    thread.start()

    def undo() -> None:
        thread.join()
        held.close()

    return undo


def _of(event: ev.RolloutStarted, version: str) -> bool:
    return any(version.removeprefix("v").replace("+", "-") in stage.key for stage in event.stages)


def _broken(site: Site, row: Row, version: str) -> Callable[[], None]:
    site.lab[row.node].write("/etc/rke2-standin-broken", version)
    return lambda: site.lab[row.node].run("rm -f /etc/rke2-standin-broken") and None


def _no_mirror(site: Site, row: Row, version: str) -> Callable[[], None]:
    """The node's way to the mirror ends while the vendor's script is at work."""
    url, node = site.lab.mirror(version), site.lab[row.node]
    changed_spec(site.spec, source={"kind": "online", "mirror": url})
    hop = version.removeprefix("v").replace("+", "-")
    node.run("echo 4 >/etc/rke2-standin-pause-s")

    def cut() -> None:
        end = time.monotonic() + HOP_S
        while time.monotonic() < end:
            started = (event for event in site.operator.events() if isinstance(event, ev.StepStarted))
            if any((event.node, event.step) == (row.node, "install") and hop in event.stage for event in started):
                processes.kill(site.lab.home / "mirror")
                return
            time.sleep(0.1)

    thread = threading.Thread(target=cut)
    thread.start()

    def undo() -> None:
        thread.join()
        node.run("rm -f /etc/rke2-standin-pause-s")
        site.lab.mirror(version)

    return undo


PLANTS: dict[str, Callable[[Site, Row, str], Callable[[], None]]] = {
    "drain blocked": _blocked,
    "disk full": _full,
    "unit fails": _broken,
    "download cut": _no_mirror,
}

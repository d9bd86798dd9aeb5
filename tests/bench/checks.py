"""`check` on simulated sites: the controller's processor time and memory, the site's own left out."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from wizard.simulator.process import start

SITES = (9, 100, 1000)


def main() -> None:
    """Print a line for each size of site."""
    for nodes in SITES:
        with tempfile.TemporaryDirectory() as folder:
            site = start(Path(folder), nodes=nodes, servers=3, speed=1000, seed=1, fail={})
            try:
                print(f"{nodes} nodes: {measured(site.spec)}", flush=True)
            finally:
                site.close()


def measured(spec: Path) -> str:
    """Run all checks of a spec in a process of their own; return what it took."""
    command = [sys.executable, "-m", "wizard.cli.main", "check", str(spec)]
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    took_s = time.monotonic() - begun
    cpu_s = used.ru_utime + used.ru_stime
    ended = os.waitstatus_to_exitcode(status)
    return f"{took_s:.1f} s, {cpu_s:.1f} s of processor time, {used.ru_maxrss >> 10} MiB, exit {ended}"


if __name__ == "__main__":
    main()

"""How long `rancher-wizard --version` takes, against `python3 -c pass` of the same interpreter."""

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

RUNS = 15


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    """Print both medians and their ratio, measured in turn."""
    ours = [str(Path(sys.executable).with_name("rancher-wizard")), "--version"]
    bare = [sys.executable, "-c", "pass"]
    pairs = [(seconds(ours), seconds(bare)) for _ in range(RUNS)]
    version, nothing = (1000 * median(column) for column in zip(*pairs, strict=True))
    ratio = median(a / b for a, b in pairs)
    print(f"--version {version:.0f} ms, python -c pass {nothing:.0f} ms, ratio {ratio:.2f} (median of {RUNS})")


if __name__ == "__main__":
    main()

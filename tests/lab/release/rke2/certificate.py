"""`rke2 certificate rotate` on a node whose service is stopped: leaves go, the next start makes them anew."""

import subprocess
import sys

from .settings import load
from .tls import AUTHORITIES


def main(argv: list[str]) -> int:
    """Run one command; returns the exit status."""
    if argv[:1] != ["rotate"]:
        sys.stderr.write("usage: rke2 certificate rotate\n")
        return 1
    if subprocess.run(["systemctl", "is-active", "--quiet", "rke2-server", "rke2-agent"], check=False).returncode == 0:
        sys.stderr.write("FATA[0000] rke2 must be stopped\n")
        return 1
    folder = load("server", []).tls
    kept = {f"{name}.crt" for name in AUTHORITIES}
    for path in sorted(folder.rglob("*.crt")):
        if str(path.relative_to(folder)) not in kept:
            path.unlink()
            sys.stderr.write(f"INFO[0000] Rotating {path.name}\n")
    return 0

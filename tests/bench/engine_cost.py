"""What one step on one host costs: this engine, pyinfra and ansible-core doing the same no-op on the same hosts.

Each tool runs as a whole process with 1 step and with 1 + MORE steps; the difference is what the steps cost, without
start-up and connecting. Rounds of all three follow each other, so a slow minute hits them alike. Medians are printed.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

HOSTS, MORE, ROUNDS = 20, 10, 3
BENCH = Path(".venv-bench/bin").resolve()


def measured(command: list[str], cwd: Path) -> tuple[float, float]:
    """Return wall and CPU seconds of a whole process and its children."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = os.environ | {"ANSIBLE_HOST_KEY_CHECKING": "True", "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(
        command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{command[0]}: exit {done.returncode}\n{done.stdout.decode()[-2000:]}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def commands(folder: Path, steps: int) -> dict[str, list[str]]:
    ports = (folder / "ports").read_text().split()
    common = f"-o UserKnownHostsFile={folder / 'known_hosts'} -o IdentitiesOnly=yes"
    (folder / "inventory.ini").write_text(
        "".join(
            f"n{port} ansible_host=127.0.0.1 ansible_port={port} ansible_user=root "
            f"ansible_ssh_private_key_file={folder / 'id'} ansible_ssh_common_args='{common}'\n"
            for port in ports
        )
    )
    tasks = "".join('    - {name: noop, raw: "true", changed_when: true}\n' for _ in range(steps))
    (folder / f"play-{steps}.yml").write_text(f"- hosts: all\n  gather_facts: false\n  tasks:\n{tasks}")
    (folder / "inventory.py").write_text(
        "hosts = [('n%s' % p, {'ssh_hostname': '127.0.0.1', 'ssh_port': int(p), 'ssh_user': 'root', "
        f"'ssh_key': '{folder / 'id'}', 'ssh_known_hosts_file': '{folder / 'known_hosts'}'}}) for p in {ports!r}]\n"
    )
    (folder / f"deploy-{steps}.py").write_text(
        "from pyinfra.operations import server\n"
        + "".join(f"server.shell(name='noop {n}', commands=['true'])\n" for n in range(steps))
    )
    return {
        "rancher-wizard": [sys.executable, "-m", "tests.bench.noop", str(folder), str(steps)],
        "pyinfra": [str(BENCH / "pyinfra"), "-y", "--parallel", str(HOSTS), "inventory.py", f"deploy-{steps}.py"],
        "ansible-core": [
            str(BENCH / "ansible-playbook"), "-i", "inventory.ini", "-f", str(HOSTS), f"play-{steps}.yml",
        ],
    }  # fmt: skip


def main() -> None:
    """Print milliseconds per host and step, wall and CPU of the controller, and the ratios to ours."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.hosts", name, str(HOSTS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            server.stdout.readline()
            table = rounds(folder)
        finally:
            server.stdin.close()
            server.wait(10)
    ours = table["rancher-wizard"]
    print(f"one no-op step on one of {HOSTS} loopback hosts, median of {ROUNDS} (all at once)")
    print(f"{'':<16}{'wall ms':>10}{'ratio':>8}{'CPU ms':>10}{'ratio':>8}")
    for tool, (wall, cpu) in table.items():
        print(f"{tool:<16}{wall:>10.2f}{wall / ours[0]:>8.1f}{cpu:>10.2f}{cpu / ours[1]:>8.1f}")


def rounds(folder: Path) -> dict[str, tuple[float, float]]:
    one, more = commands(folder, 1), commands(folder, 1 + MORE)
    found: dict[str, list[tuple[float, float]]] = {tool: [] for tool in one}
    for _ in range(ROUNDS):
        for tool in one:
            base, long = measured(one[tool], folder), measured(more[tool], folder)
            found[tool].append(tuple(1000 * (b - a) / HOSTS / MORE for a, b in zip(base, long, strict=True)))
    return {tool: (median(w for w, _ in rows), median(c for _, c in rows)) for tool, rows in found.items()}


if __name__ == "__main__":
    main()

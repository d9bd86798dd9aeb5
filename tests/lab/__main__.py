"""`python -m tests.lab up|down|ssh|spec`: a lab to play with by hand."""

import argparse
import os
import sys

from tests.lab.lab import Lab, clean_up
from tests.lab.machine import unfit
from tests.lab.network import JUMP


def main() -> None:
    """Parse the command line and do it."""
    if why := unfit():
        sys.exit(why)
    words = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    commands = words.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="boot nodes; they stay until `down`, 8 hours at most")
    up.add_argument("--nodes", type=int, default=7)
    commands.add_parser("down", help="end and delete the lab")
    ssh = commands.add_parser("ssh", help="a shell, or a command, on a node")
    ssh.add_argument("node")
    ssh.add_argument("words", nargs=argparse.REMAINDER)
    spec = commands.add_parser("spec", help="write a cluster.yaml for the lab and print its path")
    spec.add_argument("--servers", type=int, default=3)
    spec.add_argument("--agents", type=int)
    _do(words.parse_args())


def _do(asked: argparse.Namespace) -> None:
    match asked.command:
        case "up":
            _up(asked.nodes)
        case "down":
            clean_up()
        case "ssh":
            words = _running()[asked.node].ssh_command()
            os.execvp(words[0], [*words, *asked.words])
        case "spec":
            lab = _running()
            agents = len(lab.nodes) - asked.servers if asked.agents is None else asked.agents
            print(lab.spec(asked.servers, agents))


def _running() -> Lab:
    lab = Lab.running()
    if not lab.nodes:
        sys.exit("no lab is up: `python -m tests.lab up` boots one")
    return lab


def _up(nodes: int) -> None:
    lab = Lab(nodes, stays=True)
    try:
        lab.up()
    except RuntimeError as error:
        sys.exit(str(error))
    servers = 3 if nodes >= 3 else 1
    spec = lab.spec(servers, nodes - servers)
    print(f"{nodes} nodes are up: n1 at 10.77.0.11 and so on. Their spec: {spec}")
    print(f"  ip netns exec {JUMP} {sys.executable} -m wizard.cli.main apply {spec}")
    print("  python -m tests.lab ssh n1        python -m tests.lab down")


main()

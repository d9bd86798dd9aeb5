"""The commands of a network proof: on each node one that opens its listeners, one that asks, one that ends them.

Where it takes long, one more tells the listeners that the wizard is still there.
"""

import secrets
from collections.abc import Callable, Iterable
from pathlib import Path

from wizard.checks.network.question import Question
from wizard.checks.network.reading import Closed, Heard, Key, Opened, read_asked, read_closed, read_opened
from wizard.hosts.output import Result
from wizard.hosts.runner import Runner
from wizard.hosts.script import Script, load_script
from wizard.spec.models import Node

ROOM = Path(__file__).parent
OPEN, ASK, KEEP, CLOSE = (load_script(ROOM, f"net_{name}") for name in ("open", "ask", "keep", "close"))
QUESTION, *LISTENERS = ((ROOM / "scripts" / name).read_text() for name in ("ask_one.bash", "listen.py", "listen.pl"))

OPEN_S = 30.0
ASK_S = 60.0


class Commands:
    """Runs the commands and counts them; `hosts` gives a node's host. They raise what Host.run raises."""

    def __init__(self, hosts: Callable[[str], Runner]) -> None:
        self.run = f"rw{secrets.token_hex(6)}"
        """The word by which listeners of this proof are known."""
        self.count = 0
        self._hosts = hosts

    async def open(self, node: Node, ports: Iterable[str], *, lease_s: int) -> Opened:
        """Let a node listen on what is free of `ports`, each as 6443/tcp, until `lease_s` after the last keep."""
        words = (str(lease_s), self.run, node.name, node.inner_address, *LISTENERS, *ports)
        return read_opened((await self._command(node.name, OPEN, *words, timeout_s=OPEN_S)).lines)

    async def ask(self, node: str, questions: Iterable[Question]) -> dict[Key, Heard]:
        """Let a node ask all questions at once; no command is run for none."""
        lines = "".join(f"{each.line}\n" for each in questions).encode()
        if not lines:
            return {}
        result = await self._command(node, ASK, self.run, node, QUESTION, stdin=lines, timeout_s=ASK_S)
        return {each.key: each for each in read_asked(result.lines)}

    async def keep(self, node: str) -> None:
        """Renew the lease of a node's listeners."""
        await self._command(node, KEEP, timeout_s=OPEN_S)

    async def close(self, node: str) -> Closed:
        """End a node's listeners and hear what datagrams came in."""
        return read_closed((await self._command(node, CLOSE, timeout_s=OPEN_S)).lines)

    async def _command(
        self, node: str, script: Script, *args: str, stdin: bytes | None = None, timeout_s: float
    ) -> Result:
        self.count += 1
        return await self._hosts(node).run(script, *args, stdin=stdin, timeout_s=timeout_s)

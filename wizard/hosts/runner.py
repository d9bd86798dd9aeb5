"""What runs scripts for all others: a host, or what stands in for one."""

from collections.abc import Callable
from typing import Protocol

from wizard.hosts.output import Result
from wizard.hosts.script import Script
from wizard.secret import Secret


class Runner(Protocol):
    """Runs scripts in the name of a node; Host.run says what the parameters mean and what it raises."""

    @property
    def name(self) -> str: ...

    async def run(
        self,
        script: Script,
        *args: str,
        stdin: bytes | Secret | None = None,
        timeout_s: float,
        on_line: Callable[[str], None] | None = None,
        check: bool = True,
        silent_s: float | None = None,
    ) -> Result: ...

"""One host: runs scripts there, and knows how to come back to it."""

import asyncio
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import asyncssh

from wizard.errors import CommandFailed, HostError, LinkLost, SudoRefused, Unreachable
from wizard.hosts.channel import NoExitStatus, converse
from wizard.hosts.links import Connection, Links, shut
from wizard.hosts.output import Result
from wizard.hosts.script import Script
from wizard.hosts.sudo import Elevation, elevate, refused
from wizard.hosts.target import Target
from wizard.hosts.tunnel import tunnel
from wizard.hosts.upload import WRITE_FILE as WRITE_FILE
from wizard.hosts.upload import Source, send_file
from wizard.secret import Secret

CHANNELS = 6
"""sshd's MaxSessions is 10 a connection; the rest is left to the operator's own tools."""
SUDO_S = 30
TIMED_OUT = 124
"""The exit status that coreutils' `timeout` gives."""
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 15.0


class Host:
    """A host of the wire; it connects at the first run, and again when the link has dropped between two runs."""

    def __init__(self, target: Target, links: Links) -> None:
        self.target = target
        self.cursors: dict[str, str] = {}
        """How far each unit's journal has been read here, so that nothing is shown twice after a dropped link."""
        self._links = links
        self._lock = asyncio.Lock()
        self._channels = asyncio.Semaphore(CHANNELS)
        self._connection: Connection | None = None
        self._elevation: Elevation | None = None

    @property
    def name(self) -> str:
        """The node's name in the spec."""
        return self.target.name

    @property
    def uploads(self) -> AbstractAsyncContextManager[object]:
        """What a piece of a large file is sent within: all hosts of a wire take turns."""
        return self._links.uploads

    async def run(
        self,
        script: Script,
        *args: str,
        stdin: bytes | Secret | None = None,
        timeout_s: float,
        on_line: Callable[[str], None] | None = None,
        check: bool = True,
        silent_s: float | None = None,
    ) -> Result:
        """Run a script as root and return its result; `on_line` gets each cleaned stdout line as it comes.

        `timeout_s` is for the script alone, not for connecting, `silent_s` for its first line. Raises what connecting
        raises, LinkLost when the link drops meanwhile (nobody knows whether it was done), CommandFailed when the time
        is over or, with `check`, when it ends with another exit status than 0.
        """
        elevation = await self._elevated()
        data = stdin.reveal().encode() if isinstance(stdin, Secret) else stdin or b""
        command = elevation.command(script.command(*args))
        result = await self._execute(
            script.name,
            command,
            stdin=elevation.stdin(data),
            timeout_s=timeout_s,
            on_line=on_line,
            silent_s=silent_s,
        )
        if elevation.sudo and refused(result):
            self._elevation = None
            raise SudoRefused(self.name, f"{script.name}: {result.errors[-1]}", hint="Look at sudoers there.")
        if check and result.exit_status != 0:
            raise self._failed(script, result)
        return result

    async def send(
        self,
        source: Path | Source,
        dest: str,
        *,
        sha256: str,
        mode: int = 0o644,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> bool:
        """Upload a local file, or what is read as one; see `upload.send_file`."""
        return await send_file(self, source, dest, sha256=sha256, mode=mode, on_progress=on_progress)

    def tunnel(self, port: int) -> AbstractAsyncContextManager[int]:
        """Open a tunnel to a port of the host itself; see `tunnel.tunnel`."""
        return tunnel(self.name, self._connected, port)

    async def reconnect(self, *, patience_s: float, on_wait: Callable[[str], None] | None = None) -> None:
        """Connect again, however often it takes, for `patience_s` seconds; `on_wait` gets each reason to wait.

        Raises Unreachable at the end, and at once what no waiting mends: a refused login, an unknown or changed key.
        """
        loop = asyncio.get_running_loop()
        end, longest = loop.time() + patience_s, FIRST_WAIT_S
        while True:
            try:
                await self._connected()
                return
            except Unreachable as error:
                # Full jitter: a thousand nodes behind one switch come back at once.
                pause = random.uniform(0, longest)  # noqa: S311 - no secret
                if loop.time() + pause >= end:
                    raise Unreachable(
                        self.name, f"not back after {patience_s:.0f} s: {error.what}", hint=error.hint
                    ) from error
                if on_wait:
                    on_wait(error.what)
            await asyncio.sleep(pause)
            longest = min(longest * 2, LONGEST_WAIT_S)

    async def close(self) -> None:
        """Close the connection; the next run would open another."""
        async with self._lock:
            if self._connection is not None:
                await shut(self._connection)
                self._connection = None

    async def _connected(self) -> Connection:
        async with self._lock:
            if self._connection is None or self._connection.is_closed():
                self._connection = await self._links.open(self.target)
            return self._connection

    async def _elevated(self) -> Elevation:
        if self._elevation is None:
            route = await self._links.route(self.target)
            self._elevation = await elevate(
                self.target, route.user, self._links.credentials.sudo_password, ask=self._ask_sudo
            )
        return self._elevation

    async def _ask_sudo(self, command: str, stdin: bytes) -> Result:
        return await self._execute("sudo", command, stdin=stdin, timeout_s=SUDO_S, on_line=None)

    async def _execute(
        self,
        what: str,
        command: str,
        *,
        stdin: bytes,
        timeout_s: float,
        on_line: Callable[[str], None] | None,
        silent_s: float | None = None,
    ) -> Result:
        async with self._channels:
            connection = await self._connected()
            patience = _Patience(timeout_s, silent_s, on_line)
            try:
                async with patience.limit:
                    return await converse(connection, command, stdin=stdin, on_line=patience.heard)
            except TimeoutError as error:
                raise CommandFailed(
                    self.name, f"{what}: no answer in {patience.waited_s:g} s", exit_status=TIMED_OUT
                ) from error
            except NoExitStatus as error:
                raise LinkLost(
                    self.name, f"the connection dropped while {what} ran", hint="It is tried again."
                ) from error
            except (OSError, asyncssh.Error) as error:
                raise self._not_started(what, connection, error) from error

    def _not_started(self, what: str, connection: Connection, error: Exception) -> HostError:
        if connection.is_closed():
            return LinkLost(self.name, f"the connection dropped before {what} ran", hint="It is tried again.")
        return Unreachable(
            self.name, f"sshd refused a session for {what}: {error}", hint="Raise MaxSessions in its sshd_config."
        )

    def _failed(self, script: Script, result: Result) -> CommandFailed:
        last = next((line for line in reversed((*result.lines, *result.errors)) if line.strip()), "")
        what = f"{script.name}: exit {result.exit_status}" + (f": {last}" if last else "")
        return CommandFailed(self.name, what, exit_status=result.exit_status, output=result.tail())


class _Patience:
    """How long a command may take: `silent_s` until its first line, when given, and `timeout_s` in all."""

    def __init__(self, timeout_s: float, silent_s: float | None, on_line: Callable[[str], None] | None) -> None:
        self.waited_s = timeout_s if silent_s is None else min(silent_s, timeout_s)
        self.limit = asyncio.timeout(self.waited_s)
        self._end = asyncio.get_running_loop().time() + timeout_s
        self._timeout_s, self._on_line = timeout_s, on_line

    def heard(self, line: str) -> None:
        if self.waited_s < self._timeout_s and not self.limit.expired():
            self.waited_s = self._timeout_s
            self.limit.reschedule(self._end)
        if self._on_line:
            self._on_line(line)

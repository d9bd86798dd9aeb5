"""kubectl on this machine, for clusters whose nodes keep no administrator's kubeconfig: through a node's connection."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from wizard.bundle.carried import carried, kubectl_in
from wizard.errors import CommandFailed, WizardError
from wizard.files import write_private
from wizard.hosts.host import TIMED_OUT, Host
from wizard.hosts.output import Lines, Result
from wizard.hosts.script import Script
from wizard.secret import Secret
from wizard.site import Site

API_PORT = 6443
KUBECONFIG = "rke1-kubeconfig"
"""The name in the vault of the administrator's kubeconfig that `rke` has made."""
NAMES = ("kubectl", "kubectl_linux-amd64")
END_S = 5.0
BLOCK = 64 * 1024


def find(site: Site) -> Path:
    """Return the kubectl that the spec names, one in the source's folder or bundle, else that of PATH.

    Raises WizardError where there is none that can be run.
    """
    spec = site.spec
    if spec.rke1.kubectl:
        return _usable(site.resolve(spec.rke1.kubectl))
    if spec.source.kind == "folder" and spec.source.path:
        folder = site.resolve(spec.source.path)
        for name in NAMES:
            if (folder / name).exists():
                return _usable(folder / name)
    if (bundle := carried(spec.source, site.base)) and (program := kubectl_in(bundle, site.state, spec.version)):
        return program
    if found := shutil.which("kubectl"):
        return Path(found)
    raise WizardError(
        "there is no kubectl on this machine, and RKE1 has none on its nodes",
        hint="Name it as rke1.kubectl, or put it into PATH or the folder of source.path.",
    )


def lacking(site: Site) -> str:
    """Return what is wrong with this machine's kubectl, "" for nothing; one in a bundle is not looked for yet."""
    if site.spec.source.kind == "bundle":
        return ""
    try:
        find(site)
    except WizardError as error:
        return error.message
    return ""


@dataclass(frozen=True, slots=True)
class Here:
    """Runs scripts that ask the API on this machine, as a Host runs them on a server.

    Each has a tunnel of its own to the API on `host`, and a kubeconfig (0600) that leads into it and goes with it.
    """

    site: Site
    host: Host

    @property
    def name(self) -> str:
        """The node that is asked."""
        return self.host.name

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
        """Run a script; see Host.run, whose errors it raises.

        Raises WizardError where kubectl is missing, or no kubeconfig is kept.
        """
        config, program = _kubeconfig(self.site), await asyncio.to_thread(find, self.site)
        with tempfile.TemporaryDirectory(prefix=".kubectl-", dir=self.site.state) as name:
            folder = Path(name)
            async with self.host.tunnel(API_PORT) as port:
                write_private(folder / "kubeconfig", _through(config, port))
                data = stdin.reveal().encode() if isinstance(stdin, Secret) else stdin or b""
                process = await _start(script, args, _environment(program, folder))
                lines = Lines(on_line), Lines()
                try:
                    async with asyncio.timeout(timeout_s):
                        await asyncio.gather(
                            _feed(process, data), _drain(process.stdout, lines[0]), _drain(process.stderr, lines[1])
                        )
                        status = await process.wait()
                except TimeoutError:
                    what = f"{script.name}: no answer in {timeout_s:g} s"
                    raise CommandFailed(self.name, what, exit_status=TIMED_OUT) from None
                finally:
                    await _end(process)
        result = Result(status if status >= 0 else 128 - status, *(each.end() for each in lines))
        if check and result.exit_status != 0:
            last = next((line for line in reversed((*result.lines, *result.errors)) if line.strip()), "it said nothing")
            what = f"{script.name}: exit {result.exit_status}: {last}"
            raise CommandFailed(self.name, what, exit_status=result.exit_status, output=result.tail())
        return result


def _usable(path: Path) -> Path:
    if not path.is_file() or not os.access(path, os.X_OK):
        raise WizardError(f"{path} can not be run", hint="Name an executable kubectl as rke1.kubectl.")
    return path


def _kubeconfig(site: Site) -> Secret:
    if found := site.vault.get(KUBECONFIG):
        return found
    raise WizardError(
        f"no kubeconfig of {site.spec.name} is kept on this machine",
        hint="rancher-wizard apply keeps it once `rke` has brought the cluster up.",
    )


def _through(kubeconfig: Secret, port: int) -> bytes:
    """Return the kubeconfig with its clusters behind a port of this machine; its CA and its user stay."""
    try:
        config: Any = yaml.safe_load(kubeconfig.reveal())
        for each in config["clusters"]:
            # The API's certificate of RKE1 names 127.0.0.1 (pki/util.go of rancher/rke, GetAltNames).
            each["cluster"]["server"] = f"https://127.0.0.1:{port}"
    except (yaml.YAMLError, KeyError, TypeError):
        # What YAML says of it would quote it.
        raise WizardError(
            "the kubeconfig that is kept of rke is none", hint="Apply the spec anew: it is taken from rke again."
        ) from None
    return json.dumps(config).encode()


def _environment(program: Path, folder: Path) -> dict[str, str]:
    """Return what the script may see: no secret of ours, no other cluster of theirs."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "RW_KUBECTL": str(program),
        "RW_KUBECONFIG": str(folder / "kubeconfig"),
    }


async def _start(script: Script, args: tuple[str, ...], environment: dict[str, str]) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *("sh", "-c", script.text, f"rw:{script.name}", *args),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            start_new_session=True,  # an interrupt at the terminal is for us, which ends it by its group
        )
    except OSError as error:
        raise WizardError(f"sh can not be run here: {error.strerror}", hint="Mend it on this machine.") from error


async def _feed(process: asyncio.subprocess.Process, data: bytes) -> None:
    assert process.stdin is not None  # noqa: S101 - it was asked for
    with contextlib.suppress(ConnectionError):  # it ended without reading everything: its exit status tells why
        process.stdin.write(data)
        await process.stdin.drain()
        process.stdin.close()


async def _drain(stream: asyncio.StreamReader | None, lines: Lines) -> None:
    assert stream is not None  # noqa: S101 - it was asked for
    while chunk := await stream.read(BLOCK):
        lines.feed(chunk)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await process.wait()

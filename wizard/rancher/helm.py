"""The operator's own helm on this machine: found, asked for its version, and run where nobody else's settings count."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from wizard.bundle.carried import carried, helm_in
from wizard.errors import WizardError
from wizard.plain import plain
from wizard.profiles import profile
from wizard.site import Site
from wizard.spec.rancher_line import Line, dotted, helm_window, line_of

# A helm that was built without a release stamp says v3.19 alone.
_VERSION = re.compile(r"v([0-9]+\.[0-9]+)")
_PASSED_ON = ("PATH", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE")
ASK_S = 20.0
END_S = 10.0
TAIL = 40


@dataclass(frozen=True, slots=True)
class Ended:
    """How a helm ended: its exit status, and the last lines of what it said."""

    status: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Helm:
    """A helm that may be run. `home` is a folder of our own (0700): its caches and settings, not the operator's."""

    path: Path
    home: Path
    line: Line = (0, 0)
    """Its major and minor, (0, 0) before it was asked."""

    @classmethod
    async def find(cls, site: Site, home: Path) -> "Helm":
        """Return the helm that the spec names, the one beside its charts or in the site's source, or in PATH.

        Raises WizardError where there is none, or it is too old.
        """
        helm = cls(await asyncio.to_thread(_path, site, home), home)
        ended = await helm.run(("version", "--short"), timeout_s=ASK_S)
        found = _VERSION.search(ended.lines[0]) if ended.status == 0 and ended.lines else None
        oldest: Line = line_of(profile("rancher")["helm"])
        if found is None:
            raise WizardError(f"{helm.path} does not say which helm it is", hint="Name helm itself in rancher.helm.")
        if line_of(found[1]) < oldest:
            raise WizardError(f"{helm.path} is helm {found[1]}", hint=f"Take {dotted(oldest)} or newer.")
        return replace(helm, line=line_of(found[1]))

    def unfit(self, kubernetes: str) -> str:
        """Return what this helm is meant for where that is not this version of Kubernetes; "" where nothing is known.

        Source: Helm documentation, "Version support policy".
        """
        window = helm_window(self.line)
        if window is None or line_of(kubernetes) in window:
            return ""
        return f"helm {dotted(self.line)} is meant for Kubernetes {window}, this is {kubernetes}"

    async def run(
        self, args: Sequence[str], *, timeout_s: float, on_line: Callable[[str], None] = lambda line: None
    ) -> Ended:
        """Run helm and hand on what it says, line by line; it is ended after `timeout_s` seconds.

        Raises WizardError when it can't be started.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                self.path,
                *args,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env=self._environment(),
                cwd=self.home,
                start_new_session=True,  # an interrupt at the terminal is for us: helm would leave its release locked
            )
        except OSError as error:
            raise WizardError(f"{self.path}: {error.strerror}", hint="Name a helm that can be run here.") from error
        last: list[str] = []

        def heard(line: str) -> None:
            last[:] = [*last[1 - TAIL :], line]
            on_line(line)

        try:
            async with asyncio.timeout(timeout_s):
                await _listen(process, heard)
                await process.wait()
        except TimeoutError:
            heard(f"no end after {timeout_s:.0f} s")
        finally:
            await _end(process)
        return Ended(1 if process.returncode is None else process.returncode, tuple(last))

    def _environment(self) -> dict[str, str]:
        """Return what helm may see: a proxy, and folders of its own. No secret of ours, no other cluster of theirs."""
        folders = {f"HELM_{kind}_HOME": str(self.home / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")}
        passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return {**passed, **folders, "HOME": str(self.home)}


def _path(site: Site, home: Path) -> Path:
    rancher, source = site.spec.rancher, site.spec.source
    if rancher and rancher.helm:
        return site.resolve(rancher.helm)
    charts = rancher.charts if rancher else None
    for folder in (charts, source.path if source.kind == "folder" else None):
        if folder and os.access(site.resolve(folder) / "helm", os.X_OK):
            return site.resolve(folder) / "helm"
    if not charts and (bundle := carried(source, site.base)) and (program := helm_in(bundle, home)):
        return program
    if found := shutil.which("helm"):
        return Path(found)
    raise WizardError(
        "there is no helm on this machine",
        hint="Install it, or name it in rancher.helm. RKE2 needs none with rancher.how: manifests.",
    )


def lacking(site: Site) -> str:
    """Return what is wrong with this machine's helm, "" for nothing; one in a bundle is not looked for yet."""
    if site.spec.source.kind == "bundle":
        return ""
    try:
        _path(site, site.state)
    except WizardError as error:
        return error.message
    return ""


async def _listen(process: asyncio.subprocess.Process, heard: Callable[[str], None]) -> None:
    assert process.stdout is not None  # noqa: S101 - it was asked for
    pending = b""
    while block := await process.stdout.read(64 * 1024):
        *lines, pending = (pending + block).split(b"\n")
        for line in lines:
            heard(plain(line.decode(errors="replace")))
        pending = pending[-64 * 1024 :]
    if pending:
        heard(plain(pending.decode(errors="replace")))


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask it to end, and make it end: a helm that is let go on would work beside the next one."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_S):
                await process.wait()

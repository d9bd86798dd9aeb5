"""A snapshot of etcd under a name, before something that has no way back."""

from pathlib import Path

from wizard.errors import StepFailed
from wizard.hosts.script import load_script
from wizard.kube.door import Door
from wizard.rollout.step import Work
from wizard.site import Site

SAVE = load_script(Path(__file__).parent, "save_named")
SAVE_S = 300.0


async def save(site: Site, work: Work, at: Door, name: str) -> None:
    """Have a server save a snapshot called `name`, unless it has one. Raises StepFailed where it can't."""
    saved = await at.host.run(SAVE, name, timeout_s=SAVE_S, on_line=work.said, check=False)
    if saved.exit_status != 0:
        last = (saved.lines or saved.errors or ("it said nothing",))[-1]
        hint = "Nothing was changed. Mend what it names, then retry."
        raise StepFailed(work.node, f"no snapshot on {at.name}: {last}", hint=hint)
    work.said(f"{at.name}: etcd snapshot {name}")

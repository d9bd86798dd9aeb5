"""From a draft to the nodes it lists: what each line says, which role each node gets, how to log in to them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.design.compose import chosen
from wizard.design.draft import Draft
from wizard.design.nodes.roster import Roster, better, roster
from wizard.design.nodes.ssh_hosts import opened
from wizard.design.nodes.tried import Tried
from wizard.design.nodes.understand import Understood, understand
from wizard.design.part import parts
from wizard.design.pool import Pool
from wizard.design.recommend import recommend
from wizard.design.tree import put
from wizard.errors import WizardError
from wizard.typed import typed_path

SIZE_LIMIT = 4 << 20  # bytes; a list of 5,000 nodes takes a tenth of it


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of nodes as the design sees it; `pools` are what the design wants."""

    draft: Draft
    understood: Understood
    roster: Roster
    pools: tuple[Pool, ...]

    def better(self, tried: Mapping[str, Tried]) -> dict[str, tuple[str, str]]:
        """Return, by key, the roles that would suit the machines better, with the reason; none that was set."""
        facts = {key: one.facts for key, one in tried.items() if one.facts}
        return dict(better(self.roster, self.draft.changes, self.pools, facts)) if facts else {}


def listing(draft: Draft) -> Listing:
    """Return the nodes of a draft; never raises, whatever its text holds."""
    ranked = chosen(draft, recommend(draft.answers))
    pools = ranked.sizing.pools if ranked else ()
    understood = understand(draft.nodes_text)
    return Listing(draft, understood, roster(understood, draft.changes, pools), pools)


def login(draft: Draft) -> tuple[Mapping[str, Any], Path]:
    """Return what the spec of a draft will hold under `ssh`, and the folder that its relative paths start from."""
    ssh = dict(draft.carried.get("ssh", {}))
    for part in parts(draft.answers):
        if part.path[0] == "ssh" and part.value is not None and draft.answers.stated(part.key):
            put(ssh, part.path[1:], part.value)
    return ssh, folder(draft)


def folder(draft: Draft) -> Path:
    """Return where the spec of a draft lies, or will lie."""
    return Path(draft.spec_path).parent if draft.spec_path else Path.cwd()


def read_list(name: str) -> str:
    """Take what was typed as a path; return the text of the list there. Raises WizardError when it can't be read."""
    path = typed_path(name)
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or "not a usable path"
        raise WizardError(
            f"{path}: {what}", hint="Name a list of addresses, a CSV, an inventory, or an ssh config."
        ) from None
    if len(data) > SIZE_LIMIT or b"\0" in data:
        what = f"larger than {SIZE_LIMIT >> 20} MiB" if len(data) > SIZE_LIMIT else "not text"
        raise WizardError(f"{path}: {what}", hint="Name a list of addresses, a CSV, an inventory, or an ssh config.")
    return opened(data.decode("utf-8", "replace"), path)

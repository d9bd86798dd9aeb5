"""A restore that was begun: kept at home until it is verified, so that one cut short is gone on from."""

import json
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from wizard.errors import Refused, WizardError
from wizard.files import write_private

FILE = "restore.json"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be restored: a snapshot by its name, or what the server `data_of` has; `without` servers for good.

    `id` names this restore on the nodes: what bears it was done for it; "" as long as it has not begun.
    """

    snapshot: str = ""
    data_of: str = ""
    without: tuple[str, ...] = ()
    id: str = ""
    bucket: bool = False
    """Whether the snapshot is taken out of the bucket."""

    @classmethod
    def of(cls, record: object) -> "Wish":
        """Return the wish that `record` keeps; raises ValueError for what is none."""
        if not isinstance(record, dict):
            raise ValueError("not a restore")
        texts = {name: str(record[name]) for name in ("snapshot", "data_of", "id")}
        return cls(**texts, without=tuple(map(str, record["without"])), bucket=bool(record.get("bucket")))

    def record(self) -> dict[str, object]:
        """Return it as JSON values."""
        return asdict(self)


def unfinished(state: Path) -> Wish | None:
    """Return the restore of a cluster that was begun and not verified, None when there is none."""
    try:
        return Wish.of(json.loads((state / FILE).read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise WizardError(
            f"{state / FILE} is damaged", hint="Delete it: the next restore then begins from the start."
        ) from error


def refuse_unfinished(state: Path) -> None:
    """Raise Refused while a restore has begun and is not verified: servers that still wait hold the former etcd."""
    if before := unfinished(state):
        what = before.snapshot or f"what {before.data_of} has"
        raise Refused(
            f"the cluster is being restored to {what}, and that is not verified yet",
            hint="Go on with it: rancher-wizard restore SPEC. Another snapshot may be chosen there.",
        )


def same(wish: Wish, state: Path) -> Wish:
    """Return `wish` with the id of the unfinished restore that it goes on with, without one where it begins anew."""
    before = unfinished(state)
    known = before and replace(before, id="") == replace(wish, id="")
    return replace(wish, id=before.id if known and before else "")


def begin(wish: Wish, state: Path) -> Wish:
    """Keep that the restore has begun; return it with its id.

    One that goes on keeps the file that it has: what `rke` has ended since that was written it has ended for it.
    """
    if wish.id:
        return wish
    begun = replace(wish, id=secrets.token_hex(6))
    write_private(state / FILE, json.dumps(begun.record()).encode())
    return begun


def finish(state: Path) -> None:
    """Keep that it is verified: the next one begins from the start."""
    (state / FILE).unlink(missing_ok=True)

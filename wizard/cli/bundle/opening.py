"""A bundle that the command line names: opened, and trusted or refused."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import BadUsage

if TYPE_CHECKING:
    from wizard.bundle.format.bundle import Bundle
    from wizard.bundle.format.head import Head
    from wizard.bundle.signing.trust import Trust


def base_option(command: argparse.ArgumentParser) -> None:
    """Add what a delta is opened on."""
    command.add_argument(
        "--base", type=Path, action="append", default=[], metavar="FILE", help="for a delta: what it is on top of"
    )


def trust_options(command: argparse.ArgumentParser) -> None:
    """Add whom to believe."""
    command.add_argument(
        "--key", type=Path, action="append", default=[], metavar="FILE.pub", help="trust this key (default: your keys)"
    )
    command.add_argument("--unsigned", action="store_true", help="take it on your own word, whoever signed it or not")


def opened(given: argparse.Namespace) -> "Bundle":
    """Return the bundle at `given.file`, on its bases. Raises Refused, WizardError."""
    from wizard.bundle.format.bundle import Bundle

    bundle: Bundle | None = None
    for path in given.base:
        bundle = Bundle.open(path, base=bundle)
    return Bundle.open(given.file, base=bundle)


def demand_name(output: Path, *read: Path | None) -> None:
    """Raise BadUsage where a bundle can't come to `output`, or would take the place of a file that it is made from."""
    if output.is_dir():
        raise BadUsage(f"{output}: a folder is there", hint="Give the name of a file in it, such as site.rwb.")
    if output.exists() and any(path and path.exists() and output.samefile(path) for path in read):
        raise BadUsage(f"{output}: the bundle is made from that", hint="Give it another name, such as site.rwb.")


def trusted_keys(given: argparse.Namespace) -> "Trust":
    """Return whom the command line, else the operator's folder, trusts."""
    from wizard.bundle.signing.trust import Trust

    return Trust.of(given.key) if given.key else Trust.store()


def signer(given: argparse.Namespace, head: "Head") -> str:
    """Say who signed it; raises Refused unless that is somebody trusted, or nobody has to."""
    if given.unsigned:
        return "taken without looking at who signed it"
    detached = getattr(given, "signature", None)
    text = _read(detached) if detached else None
    return f"signed by {trusted_keys(given).signer(head, signature=text)}"


def _read(detached: Path) -> bytes:
    from wizard.errors import WizardError

    try:
        return detached.read_bytes()
    except OSError as error:
        hint = "Give the .sig file that `bundle sign` made beside the bundle."
        raise WizardError(f"{detached}: {error.strerror}", hint=hint) from None


@contextmanager
def progress(name: str, size_bytes: int) -> Iterator[Callable[[str, int], None]]:
    """Show how far a file of so many bytes is; give what is to be told of each piece."""
    from wizard.bundle.fetch.events import FetchEnded, FetchMoved, FetchStarted
    from wizard.cli.bundle.lines import shown

    seen = 0
    with shown() as bars:
        bars.hear(FetchStarted(name, size_bytes, 0))

        def moved(digest: str, count: int) -> None:
            nonlocal seen
            seen += count
            bars.hear(FetchMoved(name, seen))

        yield moved
        bars.hear(FetchEnded(name, "fetched", seen))

"""What installs the wizard out of a bundle on a machine that has Python and nothing else."""

from pathlib import Path

from wizard.files import write_private

ENTRY = "wizard/install.py"
"""Its name in a bundle."""


def installer() -> bytes:
    """Return the program: it imports nothing but Python's own library."""
    return (Path(__file__).parent / "install.py").read_bytes()


def place(bundle: Path) -> Path:
    """Put the program beside a bundle; return where it lies."""
    path = bundle.with_name(f"{bundle.name}.install.py")
    write_private(path, installer(), mode=0o755)
    return path

"""Makes the stand-in's artifact folder, shaped as the real release's."""

import hashlib
import io
import random
import shutil
import subprocess
import tarfile
import tempfile
import zipapp
from pathlib import Path

HERE = Path(__file__).parent
IMAGES_BYTES = 4 << 20
TOOLS = ("rke2-killall.sh", "rke2-uninstall.sh")
UNITS = ("rke2-server.service", "rke2-agent.service")


def build_release(folder: Path, *, version: str = "v1.34.2+rke2r1", arch: str = "amd64") -> Path:
    """Write tarball, images archive, checksums and install.sh of `version` into `folder`; returns it.

    The same sources give the same bytes, so a folder built again changes no checksum.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tarball, images = f"rke2.linux-{arch}.tar.gz", f"rke2-images.linux-{arch}.tar.zst"
    with tempfile.TemporaryDirectory() as room:
        program = _program(Path(room), version=version, arch=arch)
        _tarball(folder / tarball, program)
        _images(folder / images, Path(room))
    sums = "".join(f"{_sha256(folder / name)}  {name}\n" for name in (tarball, images))
    (folder / f"sha256sum-{arch}.txt").write_text(sums)
    shutil.copyfile(HERE / "bundle/install.sh", folder / "install.sh")
    (folder / "install.sh").chmod(0o755)
    return folder


def build_mirror(root: Path, *, version: str = "v1.34.2+rke2r1", arch: str = "amd64") -> Path:
    """Write what an online mirror serves below `root`: VERSION/FILE and install.sh; returns `root`."""
    build_release(root / version, version=version, arch=arch)
    shutil.copyfile(HERE / "bundle/install.sh", root / "install.sh")
    return root


def _program(room: Path, *, version: str, arch: str) -> Path:
    """Return bin/rke2: one file that the node's own Python runs."""
    source, made = room / "source", room / "rke2"
    shutil.copytree(HERE / "rke2", source / "rke2", ignore=shutil.ignore_patterns("__pycache__"))
    commit = hashlib.sha1(version.encode(), usedforsecurity=False).hexdigest()
    text = f'VERSION = "{version}"\nCOMMIT = "{commit}"\nARCH = "{arch}"\n'
    (source / "rke2/version.py").write_text(text)
    (source / "__main__.py").write_text("from rke2.cli import main\n\nmain()\n")
    zipapp.create_archive(source, made, interpreter="/usr/bin/python3", compressed=True)
    return made


def _tarball(path: Path, program: Path) -> None:
    files = {"bin/rke2": (program, 0o755)}
    files |= {f"bin/{name}": (HERE / "bundle" / name, 0o755) for name in TOOLS}
    files |= {f"lib/systemd/system/{name}": (HERE / "bundle" / name, 0o644) for name in UNITS}
    files["share/rke2/rke2-cis-sysctl.conf"] = (HERE / "bundle/rke2-cis-sysctl.conf", 0o644)
    with tarfile.open(path, "w:gz") as tar:
        for name, (source, mode) in files.items():
            _add(tar, name, source.read_bytes(), mode)
        for name in UNITS:
            _add(tar, f"lib/systemd/system/{name.replace('.service', '.env')}", b"", 0o644)


def _add(tar: tarfile.TarFile, name: str, data: bytes, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), mode
    tar.addfile(entry, io.BytesIO(data))


def _images(path: Path, room: Path) -> None:
    """A few MiB that do not compress, as real images don't."""
    raw = room / "images.tar"
    with tarfile.open(raw, "w") as tar:
        _add(tar, "layer.tar", random.Random(0).randbytes(IMAGES_BYTES), 0o644)
    subprocess.run(["zstd", "-q", "-f", "-1", str(raw), "-o", str(path)], check=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""What is to be fetched, and by which ways."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from wizard.errors import BadUsage, WizardError


@dataclass(frozen=True, slots=True)
class Want:
    """One file: its name to people, where its publisher has it, and what is known of it beforehand.

    `sums_url` is the publisher's own list of checksums (as `sha256sum` writes it), which then has to name the file.
    `here` is where it lies on this machine already. `keyrings` are given for an RPM that one of their keys has to have
    signed. `proof` says what of its publisher's vouches for the sha256, in words.
    """

    name: str
    url: str
    sha256: str | None = None
    size_bytes: int | None = None
    sums_url: str | None = None
    here: Path | None = None
    keyrings: tuple[Path, ...] = ()
    proof: str = ""

    @property
    def file_name(self) -> str:
        """The last part of the URL, decoded: `rke2.linux-amd64.tar.gz`."""
        return unquote(urlsplit(self.url).path).rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Ways:
    """How files are reached: mirrors by host, and folders that may hold them already.

    `mirrors` maps a host (`github.com`) to the URL that stands in its place; `folders` are looked at first.
    """

    mirrors: tuple[tuple[str, str], ...] = ()
    folders: tuple[Path, ...] = ()
    _taken: dict[Path, str] = field(default_factory=dict, compare=False)

    def url(self, url: str) -> str:
        """Return where to ask for `url`."""
        parts = urlsplit(url)
        for host, stand_in in self.mirrors:
            if parts.netloc == host:
                return stand_in.rstrip("/") + parts.path + (f"?{parts.query}" if parts.query else "")
        return url

    def local(self, want: Want) -> Path | None:
        """Return where it lies already: in one of the folders, under the longest end of its URL that is there.

        `FOLDER/v1.34.2+rke2r1/install.sh` goes before `FOLDER/install.sh`. Raises WizardError where one file would
        stand for two that nothing is known of but the name that both bear: one of them it is not.
        """
        if want.here:
            return want.here
        found = (folder / end for end in _ends(want.url) for folder in self.folders)
        path = next((path for path in found if path.is_file()), None)
        if path and not want.sha256 and (first := self._taken.setdefault(path, want.url)) != want.url:
            *_, longer, name = _ends(want.url)
            raise WizardError(
                f"{path}: may be {first} or {want.url}, which are two files",
                hint=f"Put each into a folder named as at its publisher's: {longer}, not {name}.",
            )
        return path


def _ends(url: str) -> Iterator[PurePosixPath]:
    """Yield the ends of a URL as paths, the host with all that follows first, the file's name alone last."""
    parts = urlsplit(url)
    names = [parts.netloc, *unquote(parts.path).split("/")]
    names = [name for name in names if name not in ("", ".", "..")]
    return (PurePosixPath(*names[first:]) for first in range(len(names)))


def mirror_of(text: str) -> tuple[str, str]:
    """Read `HOST=URL` as the command line gives it. Raises BadUsage."""
    host, _, url = text.partition("=")
    if not host or urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        raise BadUsage(
            f"--mirror {text}: not a host and a URL",
            hint="Give HOST=URL, such as github.com=https://mirror.example/github.",
        )
    return host, url

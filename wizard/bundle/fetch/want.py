"""What is to be fetched, and by which ways."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from wizard.errors import BadUsage


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

    def url(self, url: str) -> str:
        """Return where to ask for `url`."""
        parts = urlsplit(url)
        for host, stand_in in self.mirrors:
            if parts.netloc == host:
                return stand_in.rstrip("/") + parts.path + (f"?{parts.query}" if parts.query else "")
        return url

    def local(self, want: Want) -> Path | None:
        """Return where it lies already: the file in one of the folders that bears the name of `want`."""
        if want.here:
            return want.here
        found = (folder / want.file_name for folder in self.folders)
        return next((path for path in found if path.is_file()), None)


def mirror_of(text: str) -> tuple[str, str]:
    """Read `HOST=URL` as the command line gives it. Raises BadUsage."""
    host, _, url = text.partition("=")
    if not host or urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        raise BadUsage(
            f"--mirror {text}: not a host and a URL",
            hint="Give HOST=URL, such as github.com=https://mirror.example/github.",
        )
    return host, url

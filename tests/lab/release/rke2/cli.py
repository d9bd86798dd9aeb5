"""The command line of `rke2`, and of `kubectl` when started under that name."""

import errno
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from . import agent, api, certificate, encryption, kubectl, server, snapshot
from .journal import Fatal, say
from .version import COMMIT, VERSION

USAGE = "usage: rke2 [--version] server|agent|etcd-snapshot|certificate|secrets-encrypt|kubectl [flags]"


def main() -> None:
    """Dispatch by the program's own name, then by its first word."""
    words = sys.argv[1:]
    if Path(sys.argv[0]).name == "kubectl":
        sys.exit(kubectl.main(words))
    match words[:1]:
        case ["--version" | "-v"]:
            sys.stdout.write(f"rke2 version {VERSION} ({COMMIT})\ngo version go1.24.9 X:boringcrypto\n")
        case ["server"]:
            _service(server.serve, words[1:])
        case ["agent"]:
            _service(agent.serve, words[1:])
        case ["kube-apiserver"]:
            api.serve(words[1:])
        case ["etcd-snapshot"]:
            sys.exit(snapshot.main(words[1:]))
        case ["certificate"]:
            sys.exit(certificate.main(words[1:]))
        case ["secrets-encrypt"]:
            sys.exit(encryption.main(words[1:]))
        case ["kubectl"]:
            sys.exit(kubectl.main(words[1:]))
        case _:
            sys.exit(USAGE)


def _service(serve: Callable[[list[str]], None], argv: list[str]) -> None:
    signal.signal(signal.SIGTERM, _stopped)
    signal.signal(signal.SIGINT, _stopped)
    try:
        serve(argv)
    except Fatal as wrong:
        say(str(wrong), "fatal")
        os._exit(1)
    except OSError as wrong:
        text = "no space left on device" if wrong.errno == errno.ENOSPC else str(wrong)
        say(f"starting kubernetes: {wrong.filename or 'write'}: {text}", "fatal")
        os._exit(1)


def _stopped(number: int, frame: FrameType | None) -> None:
    say("context canceled", "fatal")
    os._exit(1)

"""fetch PART SIZE PIECE ADDRESS PORT NAME PIN LEG_S: get the pieces that PART still lacks of a file from another node.

Standard input: a token, then the sha256 of every piece. Each piece is proven before it is added to PART. Says have= as
it grows, and in the end ended=done, time (LEG_S are over), behind (the other has no more yet), wrong (its bytes, or its
certificate) or gone and why. Runs on a node, by Python 3.6 or newer.
"""

import contextlib
import fcntl
import hashlib
import http.client
import os
import signal
import ssl
import sys
import time

KNOCK_S = 5
SILENT_S = 15
SAY_EVERY_S = 0.5


class Ended(Exception):
    """Why no more comes from there."""


class Source:
    """The other node, once it has proven who it is."""

    def __init__(self, address: str, port: int, name: str, pin: str, token: str) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        # Its certificate is made for this one spread: it is known by its hash, whatever the clocks say.
        context.verify_mode = ssl.CERT_NONE
        self.way = http.client.HTTPSConnection(address, port, timeout=KNOCK_S, context=context)
        self.way.connect()
        self.way.sock.settimeout(SILENT_S)
        shown = self.way.sock.getpeercert(binary_form=True) or b""
        if hashlib.sha256(shown).hexdigest() != pin:
            raise Ended("wrong certificate")
        self.name, self.token = name, token

    def piece(self, begin: int, end: int) -> bytes:
        words = {"Authorization": "Bearer " + self.token, "Range": f"bytes={begin}-{end - 1}"}
        self.way.request("GET", "/" + self.name, headers=words)
        answer = self.way.getresponse()
        data = answer.read()
        if answer.status == 416:
            raise Ended("behind")
        if answer.status != 206 or len(data) != end - begin:
            raise Ended(f"gone status {answer.status}")
        return data


def grow(part: int, size: int, piece: int, source: Source, wanted: "list[str]", leg_s: float) -> str:
    """Add piece after piece; return how it ended."""
    have = min(os.fstat(part).st_size, size)
    begin = have if have == size else have // piece * piece
    until, say_at = time.monotonic() + leg_s, 0.0
    while begin < size:
        if time.monotonic() > until:
            return "time"
        end = min(begin + piece, size)
        data = source.piece(begin, end)
        if hashlib.sha256(data).hexdigest() != wanted[begin // piece]:
            return "wrong bytes"
        os.lseek(part, begin, os.SEEK_SET)
        while data:
            data = data[os.write(part, data) :]
        begin = end
        if time.monotonic() > say_at or begin == size:
            # Whoever asked may be gone: then this fails, and it ends.
            print("have=" + str(begin), flush=True)
            say_at = time.monotonic() + SAY_EVERY_S
    return "done"


def main() -> None:
    path, size, piece, address, port, name, pin, leg = sys.argv[1:9]
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    token, *wanted = sys.stdin.read().split()
    os.umask(0o077)
    os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)  # noqa: PTH103, PTH120 - all here is by os
    part = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        # One that a dropped link left behind still writes the piece in hand.
        fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        print("ended=behind", flush=True)
        return
    try:
        source = Source(address, int(port), name, pin, token)
        ended = grow(part, int(size), int(piece), source, wanted, float(leg))
    except Ended as error:
        ended = str(error)
    except (ssl.SSLError, http.client.HTTPException, ConnectionError, TimeoutError) as error:
        ended = "gone " + str(error).replace("\n", " ")
    except OSError as error:
        # Of the way there, or of the disk here: only what the disk says is this node's own fault.
        if error.filename is not None or error.errno in (28, 122, 5, 30):
            raise
        ended = "gone " + str(error).replace("\n", " ")
    print("ended=" + ended, flush=True)


with contextlib.suppress(KeyboardInterrupt):
    main()

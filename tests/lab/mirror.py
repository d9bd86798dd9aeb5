"""Serves stand-in releases on the jump host as an online mirror does: /VERSION/FILE and /install.sh.

Run as a script: mirror.py FOLDER ADDRESS.
"""

import subprocess
import sys
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

PORT = 80


def serve(folder: str, address: str) -> None:
    """Serve a folder for ever; the handler decodes `%2B` in a version to `+`."""
    handler = partial(SimpleHTTPRequestHandler, directory=folder)
    ThreadingHTTPServer((address, PORT), handler).serve_forever()


def wait_listening(namespace: str, timeout_s: float = 10) -> None:
    """Wait until somebody listens at the mirror's port in a network namespace; raises TimeoutError."""
    end = time.monotonic() + timeout_s
    words = ["ip", "netns", "exec", namespace, "ss", "-Hltn", f"sport = :{PORT}"]
    while not subprocess.run(words, capture_output=True, check=True).stdout:
        if time.monotonic() > end:
            raise TimeoutError(f"the mirror does not listen after {timeout_s:.0f} s")
        time.sleep(0.02)


if __name__ == "__main__":
    serve(*sys.argv[1:])

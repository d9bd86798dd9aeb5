"""Loopback hosts for benchmarks: one process of SSH servers that run what they are told with /bin/sh.

`python -m tests.bench.hosts FOLDER N` writes FOLDER/{id,known_hosts,ports} and serves until its stdin closes.
"""

import asyncio
import sys
from pathlib import Path

import asyncssh


class NoAuth(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return False


async def run(process: asyncssh.SSHServerProcess[bytes]) -> None:
    """Run the command with a real shell."""
    child = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        process.command or "true",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await child.communicate()
    process.stdout.write(said)
    process.exit(child.returncode or 0)


async def serve(folder: Path, count: int) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    servers = [
        await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[key],
            server_factory=NoAuth,
            process_factory=run,
            sftp_factory=True,
            encoding=None,
        )
        for _ in range(count)
    ]
    ports = [server.get_port() for server in servers]
    login = asyncssh.generate_private_key("ssh-ed25519")
    login.write_private_key(str(folder / "id"))
    (folder / "id").chmod(0o600)
    public = key.export_public_key().decode().strip()
    (folder / "known_hosts").write_text("".join(f"[127.0.0.1]:{port} {public}\n" for port in ports))
    (folder / "ports").write_text(" ".join(map(str, ports)))
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))

"""All hosts of one cluster, and what they share."""

import asyncio
from collections.abc import Iterable

from wizard.hosts.host import Host
from wizard.hosts.links import Links
from wizard.hosts.target import Credentials, Target


class Wire:
    """The hosts by their names; nothing is connected before it is needed."""

    def __init__(self, targets: Iterable[Target], *, credentials: Credentials, at_once: int = 32) -> None:
        """Take the targets; at most `at_once` connections are being opened at the same time."""
        self._links = Links(credentials, at_once=at_once)
        self._hosts = {target.name: Host(target, self._links) for target in targets}

    def host(self, name: str) -> Host:
        """Return the host of this name; KeyError when there is none."""
        return self._hosts[name]

    async def close(self) -> None:
        """Close every connection, the bastions last."""
        await asyncio.gather(*(host.close() for host in self._hosts.values()))
        await self._links.close()

"""A server's place in etcd: joining as a learner, promotion by the leader, being found again."""

import re
import secrets
import shutil
import time
from dataclasses import dataclass

from . import pods
from .etcd import Etcd, EtcdError
from .journal import Fatal, error, say
from .settings import Settings, write

API_WAIT_S = 900
STALLED_S = 300
DUPLICATE = "duplicate node name found, please use a unique name for this node"
API_WAIT_OVER = "Shutdown request received: failed to wait for API server to become ready: context deadline exceeded"
LEARNER = "this server has not yet been promoted from learner to voting member"
OUTSIDER = "this server is a not a member of the etcd cluster. Found {found}, expect: {own}"
REMOVED = "data-dir used by this member must be removed"
"""What etcd says last when the others have removed it."""


@dataclass(slots=True)
class Place:
    """This server's own member."""

    settings: Settings
    _started: tuple[str, str] = ("", "existing")

    @property
    def folder(self) -> str:
        return str(self.settings.data / "server/db/etcd")

    @property
    def exists(self) -> bool:
        # etcd renames this folder into place whole; "member" alone may be left by a power cut.
        return (self.settings.data / "server/db/etcd/member/wal").is_dir()

    @property
    def etcd(self) -> Etcd:
        return Etcd(self.settings.local, self.settings.tls)

    @property
    def peer(self) -> str:
        return f"https://{_bracketed(self.settings.address)}:2380"

    @property
    def name(self) -> str:
        """NODE-8 hex digits, made once for each time that a data folder begins."""
        path = self.settings.data / "server/db/etcd/name"
        if not path.exists():
            write(path, self.new_name())
        return path.read_text().strip()

    def new_name(self) -> str:
        return f"{self.settings.name}-{secrets.token_hex(4)}"

    def begin(self) -> None:
        say("Starting etcd for new cluster, cluster-reset=false")
        self._start(f"{self.name}={self.peer}", "new")

    def go_on(self) -> None:
        if pods.pid_of("etcd"):
            return
        self._start("", "existing")

    def join(self, through: list[str]) -> None:
        """Add this server as a learner by a member at one of the addresses, then start it; raises Fatal."""
        (self.settings.data / "server/db/etcd").mkdir(parents=True, exist_ok=True, mode=0o700)
        deadline = time.monotonic() + API_WAIT_S
        while True:
            try:
                members = self._added(through)
                break
            except EtcdError as wrong:
                say(f"Waiting for other members to finish joining etcd cluster: {wrong}")
            if time.monotonic() > deadline:
                raise Fatal(API_WAIT_OVER)
            time.sleep(1)
        say(f"Starting etcd to join cluster with members [{' '.join(members)}]")
        self._start(",".join(members), "existing")

    def _added(self, through: list[str]) -> list[str]:
        """Return the members as `name=url`, this one among them; a name that another start left behind is used up."""
        other = _first_live(through, self.settings)
        found = other.members()
        ours = [each for each in found if self.peer in each.get("peerURLs", ())]
        for each in found:
            if re.fullmatch(re.escape(self.settings.name) + r"-[0-9a-f]{8}", each.get("name", "")):
                shutil.rmtree(self.folder)
                raise Fatal(DUPLICATE)
        if not ours:
            say(f"Adding member {self.name}={self.peer} to etcd cluster {[_pair(each) for each in found]}")
            found = other.ask("cluster/member/add", peerURLs=[self.peer], isLearner=True)["members"]
        return [
            f"{self.name}={self.peer}" if self.peer in each["peerURLs"] else _pair(each)
            for each in found
            if each.get("name") or self.peer in each["peerURLs"]
        ]

    def _start(self, cluster: str, state: str) -> None:
        self._started = cluster, state
        settings, tls = self.settings, self.settings.tls / "etcd"
        urls = dict.fromkeys(f"https://{_bracketed(host)}:2379" for host in (settings.local, settings.address))
        more = ("--initial-cluster", cluster) if cluster else ()
        pods.start(
            "etcd",
            *("/usr/bin/etcd", "--name", self.name, "--data-dir", self.folder, "--logger", "zap"),
            *("--listen-client-urls", ",".join(urls), "--listen-peer-urls", self.peer),
            *("--advertise-client-urls", f"https://{_bracketed(settings.address)}:2379"),
            *("--initial-advertise-peer-urls", self.peer, "--initial-cluster-state", state, *more),
            *("--heartbeat-interval", "250", "--election-timeout", "2500", "--pre-vote"),
            *("--client-cert-auth", "--trusted-ca-file", f"{tls}/server-ca.crt"),
            *("--cert-file", f"{tls}/server-client.crt", "--key-file", f"{tls}/server-client.key"),
            *("--peer-client-cert-auth", "--peer-trusted-ca-file", f"{tls}/peer-ca.crt"),
            *("--peer-cert-file", f"{tls}/peer.crt", "--peer-key-file", f"{tls}/peer.key"),
        )

    def wait(self) -> None:
        """Return when this member answers and votes; says why not meanwhile; raises Fatal after 15 minutes."""
        deadline = time.monotonic() + API_WAIT_S
        while time.monotonic() < deadline:
            try:
                self._test()
            except EtcdError as wrong:
                say(f"Failed to test data store connection: {self._removed or wrong}")
                say("Waiting for etcd server to become available")
                if not pods.pid_of("etcd"):
                    # As the kubelet does: one that died before it had joined still has to be told whom to join.
                    self._start(*self._started)
                time.sleep(1)
            else:
                say("Pod for etcd is synced")
                say("etcd data store connection OK")
                return
        raise Fatal(API_WAIT_OVER)

    @property
    def _removed(self) -> str:
        log = pods.log_of("etcd")
        gone = not pods.pid_of("etcd") and log.exists() and REMOVED in log.read_text(errors="replace")
        return OUTSIDER.format(found="others", own=self.name) if gone else ""

    def _test(self) -> None:
        if self.etcd.status().get("isLearner"):
            raise EtcdError(LEARNER)
        members = self.etcd.members()
        if not any(self.peer in each.get("peerURLs", ()) for each in members):
            raise EtcdError(OUTSIDER.format(found=[_pair(each) for each in members], own=self.name))
        self.etcd.ready()

    @property
    def votes(self) -> bool:
        return any(self.peer in each.get("peerURLs", ()) and not each.get("isLearner") for each in self.etcd.members())

    def promote(self, since: dict[str, float]) -> None:
        """If this member leads, make a learner that caught up a voter; one that stalls for 5 minutes is removed."""
        learners = [each for each in self.etcd.members() if each.get("isLearner")]
        for gone in since.keys() - {each["ID"] for each in learners}:
            del since[gone]
        if not learners or not self.etcd.leads():
            return
        for each in learners:
            seen = since.setdefault(each["ID"], time.monotonic())
            try:
                self.etcd.ask("cluster/member/promote", ID=each["ID"])
                say(f"Promoted learner {each.get('name', '')}")
            except EtcdError:
                if time.monotonic() - seen > STALLED_S:
                    error(f"Removed learner {each.get('name') or each['ID']}: no progress for {STALLED_S} s")
                    self.etcd.ask("cluster/member/remove", ID=each["ID"])


def _first_live(addresses: list[str], settings: Settings) -> Etcd:
    wrong: EtcdError = EtcdError("no etcd member is known")
    for address in addresses:
        etcd = Etcd(address, settings.tls)
        try:
            etcd.members()
            return etcd
        except EtcdError as error_:
            wrong = error_
    raise wrong


def _pair(member: dict[str, object]) -> str:
    urls = member.get("peerURLs")
    return f"{member.get('name', '')}={urls[0] if isinstance(urls, list) and urls else ''}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host

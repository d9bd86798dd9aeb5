"""The door to a cluster's API, with a kubectl whose words are kubectl's own."""

import json

import pytest

from wizard.errors import CommandFailed
from wizard.hosts.output import Result
from wizard.hosts.script import Script
from wizard.kube.api import Kube
from wizard.secret import Secret


class Server:
    """A host on which kubectl says what it is told to."""

    name = "cp-1"

    def __init__(self, status: int = 0, out: str = "", err: str = "") -> None:
        self.result = Result(status, tuple(out.splitlines()), tuple(err.splitlines()))
        self.args: tuple[str, ...] = ()
        self.stdin: bytes | Secret | None = None

    async def run(
        self, script: Script, *args: str, stdin: bytes | Secret | None = None, timeout_s: float, check: bool = True
    ) -> Result:
        self.args, self.stdin = args, stdin
        return self.result


async def test_an_object_is_read_as_json() -> None:
    server = Server(out=json.dumps({"kind": "Node", "metadata": {"name": "a\u001b[2J"}}, indent=2))
    found = await Kube(server).get("node", "a")
    assert found["kind"] == "Node"
    assert server.args == ("get", "node", "a", "-o", "json", "--request-timeout=30s")


async def test_what_is_not_there_is_none_and_no_fault() -> None:
    gone = Server(1, err='Error from server (NotFound): deployments.apps "rancher" not found')
    assert await Kube(gone).get("deployment", "rancher", namespace="cattle-system") is None
    unknown = Server(1, err='error: the server doesn\'t have a resource type "issuers"')
    assert await Kube(unknown).items("issuers") == []
    assert await Kube(unknown).get("issuers", "rancher") is None


@pytest.mark.parametrize(
    ("said", "move"),
    [
        ("The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?", "retry"),
        ("dial tcp 127.0.0.1:6443: connect: connection refused", "systemctl status rke2-server"),
        ('Internal error: failed calling webhook "webhook.cert-manager.io": EOF', "wait for it"),
        ('no matches for kind "Issuer" in version "cert-manager.io/v1"', "custom resources"),
    ],
)
async def test_an_error_says_what_kubectl_said_and_what_to_do(said: str, move: str) -> None:
    with pytest.raises(CommandFailed, match="cp-1: kubectl get pods: ") as raised:
        await Kube(Server(1, err=said)).items("pods")
    assert said[:20] in raised.value.message
    assert move in raised.value.hint


async def test_objects_are_applied_on_stdin_where_secrets_stay_unseen() -> None:
    server = Server(out="secret/bootstrap serverside-applied")
    said = await Kube(server).apply([{"kind": "Secret", "stringData": {"password": "hunter2"}}])
    assert said == ("secret/bootstrap serverside-applied",)
    assert isinstance(server.stdin, Secret)
    assert json.loads(server.stdin.reveal())["items"][0]["stringData"] == {"password": "hunter2"}
    assert not any("hunter2" in arg for arg in server.args)


async def test_half_an_answer_is_not_taken_for_one() -> None:
    with pytest.raises(CommandFailed, match="not JSON"):
        await Kube(Server(out='{"items": [')).items("pods")

"""What leaves the site holds no secret, and all that helps."""

import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.errors import Unreachable
from wizard.hosts.output import Result
from wizard.upkeep.redact import MASK, Redaction
from wizard.upkeep.support import support

TOKEN = "K10" + "a" * 64 + "::server:0123456789abcdef"


@pytest.mark.parametrize(
    ("text", "gone", "stays"),
    [
        ("token: 0123456789abcdef", "0123456789abcdef", "token: "),
        (f"joined with {TOKEN} at 9345", "0123456789abcdef", "at 9345"),
        ('"bootstrapPassword": "hunter2 and more"', "hunter2", "bootstrapPassword"),
        ("https://ops:s3cret@mirror.example/x", "s3cret", "mirror.example/x"),
        ("-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----\nafter", "MHcC", "after"),
        ("-----BEGIN PRIVATE KEY-----\ncut off", "cut off", ""),
        ("    client-key-data: TFMwdExT\n    name: x", "TFMwdExT", "name: x"),
        ("aws_secret_access_key=AKIA12345 region=eu", "AKIA12345", "region=eu"),
        ("auth eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2 ok", "eyJzdWIi", "ok"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, gone: str, stays: str) -> None:
    clean = Redaction(()).of(text)
    assert gone not in clean
    assert stays in clean
    assert MASK in clean


@pytest.mark.parametrize(
    "text",
    [
        "token-file: /var/lib/rancher/rke2/server/token",
        "secrets-encryption: true",
        "pods/secret-reader Running",
        "certificate CN=kube-apiserver signed",
    ],
)
def test_what_helps_stays(text: str) -> None:
    assert Redaction(()).of(text) == text


@given(st.text(min_size=6, max_size=40), st.text(), st.text())
def test_a_known_secret_never_stays(secret: str, before: str, after: str) -> None:
    clean = Redaction([secret]).of(before + secret + after)
    assert secret not in clean.replace(MASK, "\0")


class Told:
    def __init__(self, name: str) -> None:
        self.name = name

    async def run(self, script: object, *args: str, timeout_s: float, check: bool) -> Result:
        if self.name == "w-1":
            raise Unreachable("w-1", "no route to host")
        return Result(0, (f"hello from {self.name}", "password=swordfish", "with sesame-sesame inside"))


async def test_a_machine_that_is_silent_is_told_and_the_others_are_gathered(tmp_path: Path) -> None:
    said: list[str] = []
    path = tmp_path / "bag.tar.gz"
    found = await support(
        "nowhere",
        ["cp-1", "w-1"],
        Told,
        secrets=["sesame-sesame"],
        path=path,
        lines=10,
        tell=said.append,  # type: ignore[arg-type]
    )
    assert found.silent == ("w-1",)
    assert "w-1: no route to host" in said
    assert (found.masked, path.stat().st_mode & 0o777) == (2, 0o600)
    with tarfile.open(path) as tar:
        text = tar.extractfile("nodes/cp-1.txt").read().decode()  # type: ignore[union-attr]
    assert "hello from cp-1" in text
    assert "swordfish" not in text
    assert "sesame" not in text

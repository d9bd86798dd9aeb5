"""Certificates that the spec names are judged by what clients will do with them."""

import datetime as dt
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from tests.unit.checks.specs import spec
from wizard.certificates import Pair, certificate_text, key_text, new_ca, sign
from wizard.checks.certificate import Shown, covers, judge
from wizard.checks.door import prove_door

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
HOST = "rancher.example.com"
CA = new_ca("Site CA", NOW)
OWN = sign(CA, [HOST], NOW)
NOBODYS = new_ca("Another CA", NOW)


def pem(*pairs: Pair) -> bytes:
    return "".join(certificate_text(each.certificate) for each in pairs).encode()


def key(pair: Pair) -> bytes:
    return key_text(pair.key).encode()


def said(chain: bytes, private: bytes, authority: bytes | None, *names: str, now: dt.datetime = NOW) -> tuple[str, str]:
    """Return verdict and what was seen."""
    found = judge(Shown("rancher.certificate", chain, private, authority), names or (HOST,), now=now)
    assert found.verdict == "ok" or (found.next_move and found.wanted)
    return found.verdict, found.saw


@pytest.mark.parametrize(
    ("pattern", "name", "good"),
    [
        ("rancher.example.com", "Rancher.Example.Com", True),
        ("*.example.com", "rancher.example.com", True),
        ("*.example.com", "a.rancher.example.com", False),
        ("*.example.com", "example.com", False),
        ("*.apps.example.com", "*.apps.example.com", True),
        ("rancher.example.com", "*.example.com", False),
    ],
)
def test_a_star_stands_for_one_label(pattern: str, name: str, good: bool) -> None:
    assert covers(pattern, name) is good


def test_a_certificate_by_the_private_ca_that_is_named_is_good() -> None:
    assert said(pem(OWN), key(OWN), pem(CA)) == ("ok", "good for rancher.example.com until 2027-07-02")
    assert said(pem(OWN, CA), key(OWN), pem(CA))[0] == "ok"


def test_what_clients_would_refuse_is_named() -> None:
    wild = sign(CA, ["*.example.org"], NOW)
    assert said(pem(wild), key(wild), pem(CA)) == ("fail", "it is for *.example.org, not for rancher.example.com")
    assert said(pem(OWN), key(wild), pem(CA)) == ("fail", "the key is not that of the first certificate")
    assert said(b"-----BEGIN NONSENSE-----", key(OWN), None) == (
        "fail",
        "rancher.certificate holds no certificate in PEM",
    )
    assert said(pem(OWN), key(OWN), b"")[1] == "the private CA of rancher.certificate holds no certificate in PEM"
    assert "which the private CA's file does not hold" in said(pem(OWN), key(OWN), pem(NOBODYS))[1]
    assert "is not signed by the one after it" in said(pem(OWN, NOBODYS), key(OWN), pem(CA))[1]


def test_a_root_without_private_ca_and_a_chain_without_its_middle_are_told() -> None:
    assert said(pem(OWN, CA), key(OWN), None)[1] == "the certificate of Site CA signed itself: no client knows it"
    verdict, saw = said(pem(OWN), key(OWN), None)
    assert (verdict, saw) == ("warn", "nothing stands between it and Site CA")


@pytest.mark.parametrize(
    ("days", "verdict", "saw"),
    [
        (-2, "fail", "is not valid before"),
        (300, "ok", "good for"),
        (380, "warn", "ends on 2027-07-02, in 16 days"),
        (400, "fail", "ended on 2027-07-02"),
    ],
)
def test_its_days_are_counted(days: int, verdict: str, saw: str) -> None:
    found = said(pem(OWN), key(OWN), pem(CA), now=NOW + dt.timedelta(days=days))
    assert found[0] == verdict
    assert saw in found[1]


def test_a_key_behind_a_passphrase_is_of_no_use() -> None:
    sealed = OWN.key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )
    assert "behind a passphrase" in said(pem(OWN), sealed, pem(CA))[1]


async def test_the_files_of_the_spec_are_read_and_judged_here(tmp_path: Path) -> None:
    ca = new_ca("Site CA", dt.datetime.now(dt.UTC))
    own = sign(ca, ["other.example.com"], dt.datetime.now(dt.UTC))
    for name, data in (("crt.pem", pem(own)), ("key.pem", key(own)), ("ca.pem", pem(ca))):
        (tmp_path / name).write_bytes(data)
    files = {"certificate": "crt.pem", "key": "key.pem", "private_ca": "ca.pem"}
    rancher = {"version": "2.13.3", "hostname": "rancher.invalid", "tls": "secret", **files}
    found = await prove_door(spec(rancher=rancher), tmp_path)
    assert found["rancher.certificate"].saw == "it is for other.example.com, not for rancher.invalid"
    assert found["rancher.certificate"].stops
    assert found["rancher.name_here"].saw.startswith("rancher.invalid is not known here")
    assert found["balancer.certificate"].saw == "none is given"
    (tmp_path / "key.pem").unlink()
    gone = (await prove_door(spec(rancher=rancher), tmp_path))["rancher.certificate"]
    assert gone.saw == f"{tmp_path / 'key.pem'}: No such file or directory"


async def test_a_balancer_that_ends_tls_shows_a_certificate_for_each_of_its_names(tmp_path: Path) -> None:
    own = sign(CA, ["rancher.example.com", "*.apps.example.com"], dt.datetime.now(dt.UTC))
    (tmp_path / "crt.pem").write_bytes(pem(own))
    (tmp_path / "key.pem").write_bytes(key(own))
    front = {
        "kind": "haproxy",
        "mode": "http",
        "nodes": ({"name": "lb-1", "address": "10.0.0.5"},),
        "hosts": ("rancher.example.com", "*.apps.example.com", "shop.example.com"),
        "tls": {"certificate": "crt.pem", "key": "key.pem"},
    }
    found = await prove_door(spec(balancer=front), tmp_path)
    assert "not for shop.example.com" in found["balancer.certificate"].saw


async def test_a_site_without_rancher_has_nothing_to_prove(tmp_path: Path) -> None:
    assert {each.verdict for each in (await prove_door(spec(), tmp_path)).values()} == {"ok"}

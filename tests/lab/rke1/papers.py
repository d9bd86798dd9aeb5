"""The certificates of `rke`'s stand-in: an authority and what it signs, for ten years as rke's own."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LEAVES = ("kube-admin", "kube-node", "kube-apiserver")
Bundle = dict[str, dict[str, str]]


def bundle(old: Bundle | None = None) -> Bundle:
    """Return certificates by name as the state file has them; with `old`, its authority stays."""
    made = _authority() if old is None else _kept(old["kube-ca"])
    found = {"kube-ca": _record(*made)}
    return found | {name: _record(*_leaf(name, *made)) for name in LEAVES}


def _authority() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    return _signed("kube-ca", key, None, key), key


def _kept(record: dict[str, str]) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = serialization.load_pem_private_key(record["keyPEM"].encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return x509.load_pem_x509_certificate(record["certificatePEM"].encode()), key


def _leaf(
    name: str, ca: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    own = ec.generate_private_key(ec.SECP256R1())
    return _signed(name, own, ca, key), own


def _signed(
    name: str, own: ec.EllipticCurvePrivateKey, ca: x509.Certificate | None, key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(ca.subject if ca else subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=ca is None, path_length=None), critical=True)
    )
    return builder.sign(key, hashes.SHA256())


def _record(paper: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "certificatePEM": paper.public_bytes(serialization.Encoding.PEM).decode(),
        "keyPEM": private.decode(),
    }

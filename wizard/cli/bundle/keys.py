"""`bundle keygen`, `trust` and `sign`: who makes bundles, and whom one believes."""

import argparse
from pathlib import Path
from typing import Any


def register(verbs: Any) -> None:
    """Add this room's verbs."""
    command = verbs.add_parser("keygen", help="make a key to sign bundles with: FILE (0600) and FILE.pub")
    command.add_argument("file", type=Path, metavar="FILE")
    command.add_argument("--locked", action="store_true", help="ask for a passphrase to lock it by")
    command.add_argument("--passphrase-file", type=Path, metavar="FILE", help="lock it by the passphrase in a file")
    command.add_argument("--comment", default="", help="whose it is, such as ops@example.com")
    command.set_defaults(run=keygen)
    command = verbs.add_parser("trust", help="trust a key from now on; without FILE: show whom you trust")
    command.add_argument("file", type=Path, nargs="?", metavar="FILE.pub")
    command.set_defaults(run=trust)
    command = verbs.add_parser("sign", help="sign a bundle, in it and detached beside it")
    command.add_argument("file", type=Path, metavar="BUNDLE")
    command.add_argument("--key", type=Path, required=True, metavar="FILE", help="private key of `bundle keygen`")
    command.add_argument("--passphrase-file", type=Path, metavar="FILE", help="what opens a locked key")
    command.set_defaults(run=sign)


def keygen(given: argparse.Namespace) -> int:
    """Make a key."""
    from wizard.bundle.signing.key import fingerprint, new_key
    from wizard.cli.asking import ask_secret
    from wizard.plain import plain

    what = "passphrase for the new key"
    passphrase = ask_secret(given.passphrase_file, what, "--passphrase-file", needed=given.locked)
    made = new_key(given.file, passphrase=passphrase, comment=given.comment)
    print(plain(f"{given.file}: {fingerprint(made)}"))
    print(plain(f"Carry {given.file}.pub in, and trust it there: rancher-wizard bundle trust {given.file.name}.pub"))
    return 0


def trust(given: argparse.Namespace) -> int:
    """Trust a key, or show the trusted ones."""
    from wizard.bundle.signing.trust import Trust, trust_folder, trust_key
    from wizard.plain import plain

    if given.file is not None:
        print(f"trusted: {trust_key(given.file)}")
        return 0
    for print_of, name in Trust.store().keys.items():
        print(f"{print_of}  {plain(name)}")
    print(f"keys are kept in {trust_folder()}")
    return 0


def sign(given: argparse.Namespace) -> int:
    """Sign a bundle."""
    from wizard.bundle.signing.key import fingerprint, is_locked, private_key
    from wizard.bundle.signing.sign import detached, sign_bundle
    from wizard.cli.asking import ask_secret

    what = "passphrase of the key"
    passphrase = ask_secret(given.passphrase_file, what, "--passphrase-file", needed=is_locked(given.key))
    made = sign_bundle(given.file, private_key(given.key, passphrase=passphrase))
    print(f"{given.file}: signed by {fingerprint(made.key)}, also in {detached(given.file).name}")
    return 0

"""Who made a bundle, and whom one believes: Ed25519, in the formats of OpenSSH."""

"""Which release this program is; the builder writes this file anew for other versions."""

VERSION = "v1.34.2+rke2r1"
COMMIT = "0000000000000000000000000000000000000000"
ARCH = "amd64"

#!/bin/sh
# sum_snapshot PATH: size in bytes, epoch second of the last write, and sha256 of a snapshot on this node.
set -eu
stat -c '%s
%Y' "$1"
sha256sum "$1" | cut -d' ' -f1

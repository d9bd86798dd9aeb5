#!/bin/sh
# snapshot_sum PATH: size in bytes and sha256 of a snapshot on this server.
set -eu
stat -c %s "$1"
sha256sum "$1" | cut -d' ' -f1

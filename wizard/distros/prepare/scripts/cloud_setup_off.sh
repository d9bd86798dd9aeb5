#!/bin/sh
# cloud_setup_off UNIT...: stop and disable each UNIT that exists.
set -eu
for unit in "$@"; do
  systemctl cat "$unit" >/dev/null 2>&1 || continue
  systemctl disable --now "$unit"
done

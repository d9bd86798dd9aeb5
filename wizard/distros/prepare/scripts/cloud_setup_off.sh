#!/bin/sh
# cloud_setup_off UNIT...: stop and disable each UNIT that runs or is enabled; prints changed or unchanged.
set -eu
state=unchanged
for unit in "$@"; do
  if systemctl is-active -q "$unit" || systemctl is-enabled -q "$unit" 2>/dev/null; then
    systemctl disable --now "$unit"
    state=changed
  fi
done
echo "$state"

#!/bin/sh
# stay_off: keep RKE2 from starting at the next boot: a server that is out of the cluster would join it again.
set -eu
did='unchanged'
for unit in rke2-server rke2-agent; do
  if systemctl is-enabled --quiet "$unit" 2>/dev/null; then
    systemctl disable "$unit" 2>&1
    did='done'
  fi
done
echo "$did"

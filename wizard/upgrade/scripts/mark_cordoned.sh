#!/bin/sh
# mark_cordoned look|set|clear: whether it was us who took this node out of scheduling; prints yes or no.
set -eu
mark=/var/lib/rancher-wizard/cordoned
case $1 in
  set) mkdir -p /var/lib/rancher-wizard && : >"$mark" && sync "$mark" ;;
  clear)
    rm -f "$mark"
    rmdir /var/lib/rancher-wizard 2>/dev/null || true
    ;;
esac
if [ -e "$mark" ]; then echo yes; else echo no; fi

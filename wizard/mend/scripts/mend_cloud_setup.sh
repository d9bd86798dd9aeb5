#!/bin/sh
# mend cloud_setup UNIT...: neither runs nor starts at boot.
if undoing; then
  noted enabled | while read -r unit; do run systemctl enable -q "$unit"; done
  noted active | while read -r unit; do run systemctl start "$unit"; done
  forget
  exit 0
fi
for unit in "$@"; do
  if systemctl is-enabled -q "$unit" 2>/dev/null; then note enabled "$unit"; fi
  if systemctl is-active -q "$unit"; then note active "$unit"; elif ! systemctl is-enabled -q "$unit" 2>/dev/null; then continue; fi
  run systemctl disable -q --now "$unit"
done

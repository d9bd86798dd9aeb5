#!/bin/sh
# keepalived undo: stop it, put back what was there before, and take away what came with it; prints gone or nothing.
if systemctl is-active -q keepalived; then run systemctl stop keepalived; fi
if [ -n "$(noted enabled)" ]; then run systemctl disable -q keepalived; fi
restore
noted users | while read -r user; do run userdel "$user" || true; done
uninstall
forget
echo gone

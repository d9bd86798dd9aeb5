#!/bin/sh
# haproxy undo FOLDER DRAINED: take away what came with it, and put back what was there before; prints gone.
restore
rm -rf -- "$1"
rm -f -- "$2"
if [ -n "$(noted booleans)" ]; then run setsebool -P haproxy_connect_any 0; fi
systemctl daemon-reload
if noted installed | grep -qxF haproxy; then
  if systemctl is-active -q haproxy; then run systemctl stop haproxy; fi
else
  case $(noted before) in *' enabled') ;; *) run systemctl disable -q haproxy || true ;; esac
  case $(noted before) in active' '*) run systemctl restart haproxy ;; *) run systemctl stop haproxy || true ;; esac
fi
uninstall
if noted installed | grep -qxF haproxy; then
  # Its unit had systemd bind the log into its root: the package leaves what that made.
  home=$(dirname -- "$2")
  rm -f -- "$home/dev/log"
  rmdir -- "$home/dev" "$home" 2>/dev/null || true
fi
forget
echo gone

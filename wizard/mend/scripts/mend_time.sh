#!/bin/sh
# mend time PACKAGE UNIT...: one of the units keeps the clock; PACKAGE is installed where there is none of them.
is_there() { systemctl cat "$1.service" >/dev/null 2>&1; }
if undoing; then
  noted started | while read -r unit; do if is_there "$unit"; then run systemctl stop "$unit"; fi; done
  noted enabled | while read -r unit; do if is_there "$unit"; then run systemctl disable -q "$unit"; fi; done
  uninstall
  forget
  exit 0
fi
package=$1
shift
first_there() { for unit in "$@"; do if is_there "$unit"; then echo "$unit" && return 0; fi; done; }
for unit in "$@"; do if systemctl is-active -q "$unit"; then exit 0; fi; done
unit=$(first_there "$@")
if [ -z "$unit" ]; then
  install "$package"
  if looking; then
    run systemctl enable -q --now "$package"
    exit 0
  fi
  unit=$(first_there "$@")
  [ -n "$unit" ] || give_up "$package is installed, but none of its units is there: $*"
fi
systemctl is-enabled -q "$unit" 2>/dev/null || note enabled "$unit"
note started "$unit"
run systemctl enable -q --now "$unit"
looking || systemctl is-active -q "$unit" || give_up "$unit does not run"

#!/bin/sh
# What scripts of balancers may use beside keep.sh: whose a file is, and how one is put in the place of another.

# pristine PATH: it is the package's own, as it came.
pristine() {
  if command -v rpm >/dev/null 2>&1; then
    rpm -qf "$1" >/dev/null 2>&1 && ! rpm -Vf "$1" 2>/dev/null | grep -qF " $1"
  else
    owner=$(dpkg -S "$1" 2>/dev/null | cut -d: -f1) && [ -n "$owner" ] && ! dpkg --verify "$owner" 2>/dev/null | grep -qF " $1"
  fi
}

# place PATH MODE: let stdin be its text, whole or not at all; false when it was so already.
place() {
  temp=$1.rancher-wizard
  if [ ! -e "$1" ]; then keep "$1"; fi
  (umask 022 && mkdir -p -- "$(dirname -- "$1")")
  (umask 077 && cat >"$temp")
  chmod "$2" "$temp"
  if [ -f "$1" ] && cmp -s "$1" "$temp" && [ "$(stat -c %a "$1")" = "$2" ]; then
    rm -f -- "$temp"
    return 1
  fi
  keep "$1"
  # shellcheck disable=SC2154 # set by keep.sh
  if [ -f "$1" ]; then cp -p -- "$1" "$kept/former-$(basename -- "$1")"; fi
  sync "$temp" 2>/dev/null || sync
  mv -fT -- "$temp" "$1"
  if command -v restorecon >/dev/null 2>&1; then restorecon -- "$1" >/dev/null 2>&1 || true; fi
  note written "$(sha256sum <"$1" | cut -d ' ' -f 1) $1"
}

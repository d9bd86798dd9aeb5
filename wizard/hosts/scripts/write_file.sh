#!/bin/sh
# write_file PATH MODE OWNER [SIZE]: put stdin there, whole or not at all; prints changed or unchanged.
set -eu
path=$1 mode=$2 owner=$3 size=${4-}
umask 022
dir=$(dirname -- "$path")
mkdir -p -- "$dir"
if [ -d "$path" ]; then
  echo "$path is a directory" >&2
  exit 1
fi
umask 077
temp=$(mktemp -- "$dir/.rancher-wizard.XXXXXXXX")
trap 'rm -f -- "$temp"' EXIT
trap 'exit 143' HUP INT TERM
cat >"$temp"
# A link that drops looks like the end of the input: a cut file must not take the whole one's place.
got=$(stat -c %s -- "$temp")
if [ -n "$size" ] && [ "$got" != "$size" ]; then
  echo "only $got of $size bytes arrived" >&2
  exit 1
fi
chown -- "$owner" "$temp"
chmod -- "$mode" "$temp"
known() {
  sha256sum <"$1"
  stat -c '%a %U:%G' -- "$1"
}
if [ -f "$path" ] && [ ! -L "$path" ] && [ "$(known "$path")" = "$(known "$temp")" ]; then
  echo unchanged
  exit 0
fi
sync -- "$temp" 2>/dev/null || sync
mv -fT -- "$temp" "$path"
if command -v restorecon >/dev/null 2>&1; then
  restorecon -- "$path" >/dev/null 2>&1 || true
fi
sync -- "$dir" 2>/dev/null || sync
echo changed

#!/bin/sh
# finish_file PART PATH SHA256 MODE: verify PART and let it take PATH's place; prints verified or differs.
set -eu
part=$1 path=$2 wanted=$3 mode=$4
sum=$(sha256sum <"$part")
if [ "${sum%% *}" != "$wanted" ]; then
  rm -f -- "$part"
  echo differs
  exit 0
fi
chmod -- "$mode" "$part"
sync -- "$part" 2>/dev/null || sync
mv -fT -- "$part" "$path"
if command -v restorecon >/dev/null 2>&1; then
  restorecon -- "$path" >/dev/null 2>&1 || true
fi
sync -- "$(dirname -- "$path")" 2>/dev/null || sync
echo verified

#!/bin/sh
# file_state PATH PART SIZE: prints size, mode and (when the size is SIZE) sha256 of PATH, and part_size of PART.
set -eu
path=$1 part=$2 size=$3
if [ -f "$path" ]; then
  got=$(stat -c %s -- "$path")
  echo "size=$got"
  echo "mode=$(stat -c %a -- "$path")"
  # Reading gigabytes takes a while: only when it can be the file that is wanted.
  if [ "$got" = "$size" ]; then
    sum=$(sha256sum <"$path")
    echo "sha256=${sum%% *}"
  fi
fi
if [ -f "$part" ]; then
  echo "part_size=$(stat -c %s -- "$part")"
fi

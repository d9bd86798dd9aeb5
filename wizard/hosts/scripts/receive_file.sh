#!/bin/sh
# receive_file PART OFFSET COUNT: put COUNT bytes of stdin into PART at OFFSET; prints part_size.
set -eu
part=$1 offset=$2 count=$3
umask 022
mkdir -p -- "$(dirname -- "$part")"
umask 077
: >>"$part"
have=$(stat -c %s -- "$part")
if [ "$have" -lt "$offset" ]; then
  echo "$part has $have bytes, not $offset" >&2
  exit 1
fi
# At an offset instead of appending: what a receiver left over from a dropped link still writes are the same bytes.
dd of="$part" bs=65536 iflag=fullblock oflag=seek_bytes seek="$offset" conv=notrunc status=none
have=$(stat -c %s -- "$part")
if [ "$have" -lt $((offset + count)) ]; then
  echo "only $((have - offset)) of $count bytes arrived" >&2
  exit 1
fi
echo "part_size=$have"

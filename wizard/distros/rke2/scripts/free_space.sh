#!/bin/sh
# free_space PATH...: for each `room=FILESYSTEM FREE_MIB BYTES PATH`: where it is or will be, what is free there, and its size.
for path in "$@"; do
  bytes=0
  if [ -f "$path" ]; then bytes=$(stat -c %s -- "$path"); fi
  dir=$path
  while [ ! -d "$dir" ]; do dir=$(dirname -- "$dir"); done
  free=$(df -Pk -- "$dir" | awk 'NR==2{print int($4/1024)}')
  echo "room=$(stat -c %d -- "$dir") ${free:-0} $bytes $path"
done

#!/bin/sh
# load_sysctl FILE: apply FILE and check that the kernel took each value; prints changed or unchanged.
set -eu
state=unchanged
while IFS='=' read -r name value; do
  name=$(echo "$name" | tr -d ' \t') value=$(echo "$value" | sed 's/^[ \t]*//;s/[ \t]*$//')
  case $name in '' | '#'*) continue ;; esac
  now=$(sysctl -n "$name" 2>/dev/null) || { echo "the kernel has no $name: skipped"; continue; }
  [ "$now" = "$value" ] && continue
  sysctl -q -w "$name=$value"
  state=changed
done <"$1"
echo "$state"

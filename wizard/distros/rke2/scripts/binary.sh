#!/bin/sh
# binary: where the installed rke2 lies, or an empty line.
for bin in /usr/local/bin/rke2 /opt/rke2/bin/rke2 /usr/bin/rke2; do
  if [ -x "$bin" ]; then
    echo "$bin"
    exit 0
  fi
done
echo

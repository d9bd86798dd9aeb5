#!/bin/sh
# installed_version: the version of the RKE2 that is installed, or an empty line.
for bin in /usr/local/bin/rke2 /opt/rke2/bin/rke2 /usr/bin/rke2; do
  if [ -x "$bin" ]; then
    timeout 10 "$bin" --version 2>/dev/null | awk 'NR==1{print $3}'
    exit 0
  fi
done
echo

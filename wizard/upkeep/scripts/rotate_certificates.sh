#!/bin/sh
# rotate_certificates ROLE: stop RKE2 and have it forget its leaf certificates: the next start makes them anew.
# Source: RKE2 documentation, "Certificate Management": the service must be stopped.
set -eu
for rke2 in /usr/local/bin/rke2 /opt/rke2/bin/rke2 /usr/bin/rke2; do [ -x "$rke2" ] && break; done
systemctl stop "rke2-$1"
timeout 120 "$rke2" certificate rotate 2>&1
echo rotated

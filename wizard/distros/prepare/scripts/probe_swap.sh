#!/bin/sh
# Whether swap comes back at the next boot; part of the probe, changes nothing.
if grep -qE '^[^#]+[[:space:]]swap[[:space:]]' /etc/fstab 2>/dev/null; then echo "x.swap.fstab=yes"; fi

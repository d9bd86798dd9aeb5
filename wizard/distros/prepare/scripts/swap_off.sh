#!/bin/sh
# swap_off: end swapping now, and comment swap lines out of /etc/fstab; the former fstab is kept beside it.
set -eu
state=unchanged
if [ "$(wc -l </proc/swaps)" -gt 1 ]; then
  swapoff -a
  state=changed
fi
if [ -f /etc/fstab ] && grep -qE '^[^#]+[[:space:]]swap[[:space:]]' /etc/fstab; then
  cp -p /etc/fstab /etc/fstab.before-rancher-wizard
  sed -E 's/^([^#]+[[:space:]]swap[[:space:]].*)$/# \1/' /etc/fstab >/etc/fstab.rancher-wizard
  chmod --reference=/etc/fstab /etc/fstab.rancher-wizard
  sync /etc/fstab.rancher-wizard
  mv /etc/fstab.rancher-wizard /etc/fstab
  echo "commented swap out of /etc/fstab; the former one is /etc/fstab.before-rancher-wizard"
  state=changed
fi
[ "$(wc -l </proc/swaps)" -le 1 ] || { echo "swap is still on" >&2; exit 1; }
echo "$state"

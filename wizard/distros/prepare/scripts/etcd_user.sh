#!/bin/sh
# etcd_user: make the system user and group etcd when they are missing.
set -eu
if getent passwd etcd >/dev/null && getent group etcd >/dev/null; then
  echo unchanged
  exit 0
fi
if getent group etcd >/dev/null; then group="-g etcd"; else group="-U"; fi
# shellcheck disable=SC2086
useradd -r -c "etcd user" -s /sbin/nologin -M etcd $group
echo changed

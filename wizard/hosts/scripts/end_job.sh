#!/bin/sh
# end_job UNIT: stop the job if it still runs, and leave nothing of it behind.
set -u
unit=$1
dir=/run/rancher-wizard/$unit
systemctl stop "$unit.service" >/dev/null 2>&1
systemctl reset-failed "$unit.service" >/dev/null 2>&1
rm -rf -- "$dir" "$dir.new"
rmdir /run/rancher-wizard 2>/dev/null
exit 0

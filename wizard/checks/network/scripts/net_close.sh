#!/bin/sh
# net_close: tell as listener= whether it still ran, which datagrams came in as heard=SOURCE PORT COUNT, end the listeners, and leave nothing of them behind.
set -u
unit=rancher-wizard-network
dir=/run/$unit
echo "listener=$(systemctl is-active "$unit.service" 2>/dev/null)"
if [ -f "$dir/heard" ]; then
  sort -u "$dir/heard" | awk 'NF == 4 { count[$2 " " $3]++ } END { for (each in count) print "heard=" each " " count[each] }'
fi
systemctl stop "$unit.service" >/dev/null 2>&1
systemctl reset-failed "$unit.service" >/dev/null 2>&1
rm -rf -- "$dir"
exit 0

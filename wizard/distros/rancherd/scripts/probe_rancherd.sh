#!/bin/sh
# What RancherD has left on this host; part of the probe, changes nothing.
if [ -x /usr/local/bin/rancherd ]; then
  echo "x.rancherd.version=$(timeout 10 /usr/local/bin/rancherd --version 2>/dev/null | awk 'NR==1{print $3}')"
  echo "x.rancherd.sha256=$(sha256sum </usr/local/bin/rancherd | cut -d' ' -f1)"
fi
if [ -f /etc/rancher/rancherd/config.yaml ]; then
  echo "x.rancherd.marker=$(head -n 1 /etc/rancher/rancherd/config.yaml | cut -c1-200)"
fi
if [ -f /var/lib/rancher/rancherd/bootstrapped ]; then echo "x.rancherd.bootstrapped=yes"; fi
for rd_role in server agent; do
  rd_show=$(timeout 10 systemctl show "rancherd-$rd_role" -p LoadState -p ActiveState -p UnitFileState -p ExecMainStartTimestamp 2>/dev/null) || continue
  case $rd_show in *LoadState=loaded*) ;; *) continue ;; esac
  rd_started=$(echo "$rd_show" | sed -n 's/^ExecMainStartTimestamp=//p')
  [ -n "$rd_started" ] && rd_started=$(date -d "$rd_started" +%s 2>/dev/null)
  echo "x.rancherd.unit.$rd_role=$(echo "$rd_show" | sed -n 's/^ActiveState=//p') $(echo "$rd_show" | sed -n 's/^UnitFileState=//p') ${rd_started:-0}"
done
true

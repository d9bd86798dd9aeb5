#!/bin/sh
# What keepalived needs to know of this host, and what it has left there; part of the probe, behind
# platform; changes nothing.
if command -v keepalived >/dev/null 2>&1; then
  echo "x.keepalived.version=$(timeout 10 keepalived --version 2>&1 | sed -n 's/^Keepalived v\([0-9.]*\).*/\1/p' | head -n 1)"
fi
if [ -f /etc/keepalived/keepalived.conf ]; then
  echo "x.keepalived.marker=$(head -n 1 /etc/keepalived/keepalived.conf | cut -c1-200)"
fi
platform | sed 's/^/x.vip.platform=/'
timeout 10 ip -o addr show scope global 2>/dev/null | awk '{print "x.vip.link=" $2 " " $4}' | head -n 200
timeout 10 ip -o link 2>/dev/null | awk '{for (i = 2; i < NF; i++) if ($i == "link/ether") print "x.vip.mac=" $(i+1)}' | head -n 50
unit_facts keepalived.service haproxy.service
file_fact /etc/keepalived/keepalived.conf /usr/local/sbin/rancher-wizard-check-haproxy

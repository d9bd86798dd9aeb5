#!/bin/sh
# What HAProxy needs to know of this host, and what it has left there; part of the probe, changes nothing.
rw_socket=/run/haproxy.sock.rancher-wizard
if command -v haproxy >/dev/null 2>&1; then
  rw_build=$(timeout 10 haproxy -vv 2>/dev/null)
  echo "x.haproxy.version=$(printf '%s\n' "$rw_build" | sed -n '1s/^HA-\{0,1\}Proxy version \([0-9][0-9a-z.-]*\).*/\1/p')"
  case $rw_build in *prometheus-exporter* | *'Prometheus exporter'*) echo "x.haproxy.exporter=yes" ;; *) echo "x.haproxy.exporter=no" ;; esac
fi
if command -v socat >/dev/null 2>&1; then
  echo "x.haproxy.tool=yes"
  if [ -S "$rw_socket" ]; then
    echo "x.haproxy.running=$(echo 'show info' | timeout 5 socat -t 3 - "UNIX-CONNECT:$rw_socket" 2>/dev/null |
      sed -n 's/^[Dd]escription: rancher-wizard //p' | cut -c1-64)"
  fi
fi
unit_facts haproxy.service
file_fact /etc/haproxy/rancher-wizard.cfg /etc/systemd/system/haproxy.service.d/50-rancher-wizard.conf /etc/haproxy/rancher-wizard/*

#!/bin/sh
# vip_here ADDRESS: prints carries=yes or no, and keepalived= and haproxy= as systemd calls them.
if ip -o addr show to "$1" 2>/dev/null | grep -q .; then echo carries=yes; else echo carries=no; fi
for unit in keepalived haproxy; do echo "$unit=$(systemctl is-active "$unit" 2>/dev/null || true)"; done

#!/bin/bash
# Written by rancher-wizard: whether haproxy on this machine answers requests. Bash alone asks, as curl may not be there.
exec 3<>/dev/tcp/HERE/PORT || exit 1
printf 'GET /alive HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
IFS= read -r -t 1 line <&3 || exit 1
case $line in 'HTTP/1.'?' 200'*) exit 0 ;; *) exit 1 ;; esac

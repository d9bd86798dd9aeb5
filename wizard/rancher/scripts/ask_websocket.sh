#!/bin/sh
# ask_websocket HOSTNAME PORT ADDRESS...: ask each ADDRESS for a websocket of HOSTNAME, as Rancher's agents and shells do.
# Prints `ADDRESS STATUS`: 101 or 401 come from Rancher itself, all others from somebody before it; 000 where none came.
set -u
name=$1 port=$2
shift 2
command -v curl >/dev/null || exit 0
scheme=http
[ "$port" = 443 ] && scheme=https
for address in "$@"; do
  case $address in *:*) shown="[$address]" ;; *) shown=$address ;; esac
  status=$(curl -gsk --http1.1 --noproxy '*' --max-time 5 --connect-to "$name:$port:$shown:$port" -o /dev/null -w '%{http_code}' \
    -H 'X-Forwarded-Proto: https' -H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' \
    -H 'Sec-WebSocket-Key: cmFuY2hlci13aXphcmQtMQ==' -H "Origin: https://$name" "$scheme://$name:$port/v3/subscribe" 2>/dev/null)
  echo "$address ${status:-000}"
done

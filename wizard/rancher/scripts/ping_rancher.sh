#!/bin/sh
# ping_rancher HOSTNAME PORT ADDRESS...: ask each ADDRESS for HOSTNAME's /ping, as a user would who got there by DNS.
# Prints `ADDRESS STATUS BODY`; STATUS is 000 where nothing answered, BODY `fake certificate` where the ingress controller
# shows one that it made itself, as it has none for that name. On port 80 it asks as a balancer that ended TLS.
set -u
name=$1 port=$2
shift 2
command -v curl >/dev/null || { echo "- - curl is not installed here"; exit 0; }
scheme=http
[ "$port" = 443 ] && scheme=https
shown=$(mktemp)
trap 'rm -f -- "$shown"' EXIT
for address in "$@"; do
  case $address in *:*) shown="[$address]" ;; *) shown=$address ;; esac
  answer=$(curl -gskv --noproxy '*' --max-time 10 --connect-to "$name:$port:$shown:$port" -H 'X-Forwarded-Proto: https' \
    -w '\n%{http_code}' "$scheme://$name:$port/ping" 2>"$shown")
  body=$(echo "$answer" | head -n 1 | cut -c1-80)
  if grep -qE 'subject: .*(Ingress Controller Fake Certificate|TRAEFIK DEFAULT CERT)' "$shown"; then body='fake certificate'; fi
  echo "$address $(echo "$answer" | tail -n 1) $body"
done

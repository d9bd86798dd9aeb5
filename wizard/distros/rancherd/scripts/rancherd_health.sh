#!/bin/sh
# rancherd_health [NAME=URL]...: NAME=ok, or NAME=what was seen, for each; probe=... is what `rancherd probe` itself says.
set -u
tls=/var/lib/rancher/rke2/server/tls
command -v curl >/dev/null 2>&1 || { echo "curl=untested"; exit 0; }
for each in "$@"; do
  name=${each%%=*} url=${each#*=}
  set -- -ksS --noproxy '*' --max-time 5 -o /dev/null -w '%{http_code}'
  # The API server tells its health to whom it knows.
  if [ "$name" = kube-apiserver ]; then
    set -- "$@" --cert "$tls/client-kube-apiserver.crt" --key "$tls/client-kube-apiserver.key"
  fi
  code=$(curl "$@" "$url" 2>&1 | tail -n 1 | cut -c1-120)
  if [ "$code" = 200 ]; then echo "$name=ok"; else echo "$name=${code:-no answer}"; fi
done
if said=$(timeout 20 /usr/local/bin/rancherd probe 2>&1); then
  echo "probe=ok"
else
  echo "probe=$(echo "$said" | tail -n 1 | cut -c1-200)"
fi

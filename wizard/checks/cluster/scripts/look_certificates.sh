#!/bin/sh
# look_certificates: the first certificate of each of the files of RKE2 or RKE1 on this node, as PATH|DER in base64; no key
# is read.
set -u
for file in /etc/kubernetes/ssl/*.pem /var/lib/rancher/rke2/server/tls/*.crt /var/lib/rancher/rke2/server/tls/*/*.crt /var/lib/rancher/rke2/agent/*.crt; do
  [ -f "$file" ] || continue
  case $file in *-key.pem) continue ;; esac
  printf '%s|' "$file"
  awk '/-----BEGIN CERTIFICATE-----/ {inside = 1; next} /-----END CERTIFICATE-----/ {exit} inside {printf "%s", $0}' "$file"
  echo
done

#!/bin/sh
# encryption_keys: the sha256 of this server's file of keys, when it was written, and since when RKE2 runs (epoch s).
set -eu
file=/var/lib/rancher/rke2/server/cred/encryption-config.json
since=$(systemctl show -p ExecMainStartTimestamp --value rke2-server)
echo "$(sha256sum <"$file" | cut -d' ' -f1) $(stat -c %Y "$file") $(date -d "$since" +%s 2>/dev/null || echo 0)"

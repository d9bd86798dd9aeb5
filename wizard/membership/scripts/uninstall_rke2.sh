#!/bin/sh
# uninstall_rke2 MARKER FILE...: take RKE2 and its data off this node by its own script, then FILEs that bear our mark.
# Refuses what bears another cluster's MARKER. Prints nothing-here or uninstalled last.
set -u
marker=$1
shift
config=/etc/rancher/rke2/config.yaml
if [ -f "$config" ] && ! head -n 1 "$config" | grep -qF -- "$marker"; then
  echo "RKE2 is here, and not of this cluster ($config: $(head -n 1 "$config" | cut -c1-90))" >&2
  exit 3
fi
did=nothing-here
for tool in /usr/local/bin/rke2-uninstall.sh /opt/rke2/bin/rke2-uninstall.sh /usr/bin/rke2-uninstall.sh; do
  [ -x "$tool" ] || continue
  did=uninstalled
  "$tool" 2>&1 || true
  break
done
for file in "$@"; do
  if [ -f "$file" ] && head -n 1 "$file" | grep -q 'Written by rancher-wizard'; then
    rm -f -- "$file" && echo "removed $file"
    did=uninstalled
  fi
done
rm -rf /var/lib/rancher-wizard/cordoned
rmdir /var/lib/rancher-wizard /etc/rancher /var/lib/rancher 2>/dev/null
left=''
for path in "$config" /var/lib/rancher/rke2/server /var/lib/rancher/rke2/agent /usr/local/bin/rke2 /opt/rke2/bin/rke2; do
  [ -e "$path" ] && left="$left $path"
done
if [ -n "$left" ]; then
  echo "still there:$left" >&2
  exit 4
fi
echo "$did"

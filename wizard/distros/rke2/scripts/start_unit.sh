#!/bin/sh
# start_unit UNIT BINARY [FILE...]: enable UNIT; start it, or restart it when one of FILE is newer than its process, or
# BINARY ("": none) was put there since: what an archive holds keeps its old mtime, so its ctime counts.
# Prints started, restarted or running, then the journal cursor from which to follow it.
set -eu
unit=$1 binary=$2
shift 2
systemctl daemon-reload
cursor=$(journalctl -q -n 1 --show-cursor 2>/dev/null | sed -n 's/^-- cursor: //p')
systemctl enable "$unit" >/dev/null 2>&1 || { echo "can not be enabled: is it installed?"; exit 0; }
active=$(systemctl show -p ActiveState --value "$unit")
since=$(systemctl show -p ExecMainStartTimestamp --value "$unit")
since=$(date -d "$since" +%s 2>/dev/null || echo 0)
newer=no
for file in "$@"; do
  if [ -e "$file" ] && [ "$(stat -c %Y "$file")" -gt "$since" ]; then newer=yes; fi
done
if [ -n "$binary" ] && [ "$(stat -c %Z "$binary" 2>/dev/null || echo 0)" -gt "$since" ]; then newer=yes; fi
# A clock that was set back makes what is new look old: a process whose file was replaced is known without it.
if [ -n "$binary" ]; then
  pid=$(systemctl show -p MainPID --value "$unit")
  if [ "$(readlink "/proc/$pid/exe" 2>/dev/null)" = "$binary (deleted)" ]; then newer=yes; fi
fi
case $active in
  active | activating | reloading)
    if [ "$newer" = yes ]; then
      systemctl restart --no-block "$unit"
      did=restarted
    else
      did=running
    fi
    ;;
  *)
    systemctl reset-failed "$unit" 2>/dev/null || true
    systemctl start --no-block "$unit"
    did=started
    ;;
esac
# The job is queued, not done: without this pause the unit may still look as it did before.
if [ "$did" != running ]; then sleep 1; fi
echo "$did"
echo "$cursor"

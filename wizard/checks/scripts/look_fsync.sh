#!/bin/sh
# Part of the probe: how long small synced writes take where etcd will live; 5 s at most. Leaves nothing.
# Prints the tool, the number of writes, and p50, p99 and the longest in microseconds.
[ -n "${rw_etcd:-}" ] || exit 0
# Where etcd runs, it would wait for these writes.
if cat /proc/[0-9]*/comm 2>/dev/null | grep -qx etcd; then
  echo "x.fsync=busy"
  exit 0
fi
there=$rw_etcd
while [ ! -d "$there" ]; do there=$(dirname "$there"); done
free=$(bounded df -Pk "$there" | awk 'NR == 2 {print int($4 / 1024)}')
[ "${free:-0}" -ge 64 ] || exit 0
# The folder's own time is put back: whoever compares listings shall find no difference.
time=$(stat -c %y "$there") && place=$(mktemp -d "$there/.rancher-wizard-XXXXXX" 2>/dev/null) || exit 0
leave() {
  trap '' EXIT HUP INT PIPE TERM
  rm -rf "$place"
  touch -m -d "$time" "$there"
}
trap leave EXIT
trap 'exit 1' HUP INT PIPE TERM
# etcd's own guidance: writes of 2300 bytes, each synced.
if command -v fio >/dev/null 2>&1; then
  bounded timeout 8 fio --name=wal --directory="$place" --rw=write --ioengine=sync --fdatasync=1 --bs=2300 --size=4m \
    --runtime=5 --output-format=json | awk '
    /"sync" : \{/ {sync = 1} sync && /"N"/ && !count {gsub(/[^0-9]/, ""); count = $0}
    sync && /"max"/ && !max {gsub(/[^0-9]/, ""); max = $0}
    sync && /"50.000000"/ {sub(/.*: */, ""); p50 = $0 + 0} sync && /"99.000000"/ {sub(/.*: */, ""); p99 = $0 + 0}
    END {if (p99) print "x.fsync=fio", count + 0, int(p50 / 1000), int(p99 / 1000), int(max / 1000)}'
else
  # dd times its own write, so starting it costs nothing; one write a run gives one latency.
  end=$(($(date +%s) + 4)) count=0
  while [ "$count" -lt 250 ] && [ "$(date +%s)" -lt "$end" ]; do
    LC_ALL=C dd if=/dev/zero of="$place/wal" bs=2300 count=1 seek="$count" conv=notrunc oflag=dsync 2>&1 || break
    count=$((count + 1))
  done </dev/null | awk '/ copied, / {sub(/.* copied, /, ""); print int($1 * 1000000)}' | sort -n | awk '
    {took[NR] = $1} END {if (NR >= 20) print "x.fsync=dd", NR, took[int((NR + 1) / 2)], took[int(NR * 0.99)], took[NR]}'
fi
true

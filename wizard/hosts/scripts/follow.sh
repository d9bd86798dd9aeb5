#!/bin/sh
# follow UNIT CURSOR WAIT_S [WHILE]: new journal lines of UNIT after CURSOR, each as `| text`, until its state changes,
# it is not (or no more) in the active state WHILE, or WAIT_S seconds are over; then cursor=, its state and, for a job
# of ours, job=there and rc=.
set -u
unit=$1 cursor=$2 wait=$3 while=${4-}
dir=/run/rancher-wizard/$unit
cr=$(printf '\r')
if [ -d "$dir" ] && [ -n "$cursor" ]; then printf '%s\n' "$cursor" >"$dir/cursor"; fi

seconds() {
  read -r up _ </proc/uptime
  echo "${up%%.*}"
}
state() {
  systemctl show -p ActiveState -p SubState -p Result -p NRestarts -p ExecMainStatus "$unit.service" |
    sed -n 's/^ActiveState=/active=/p; s/^SubState=/sub=/p; s/^Result=/result=/p; s/^NRestarts=/restarts=/p; s/^ExecMainStatus=/main_status=/p'
}
read_journal() {
  journalctl -q -u "$unit.service" -o cat --no-pager --show-cursor "$@" 2>/dev/null | tail -c 500000 | tr -d '\000'
}
lines() {
  out=
  if [ -n "$cursor" ]; then
    # A cursor of a journal that a reboot has wiped: what this boot has said is all there is.
    out=$(read_journal --after-cursor="$cursor") || out=
    journalctl -q -n 0 --after-cursor="$cursor" >/dev/null 2>&1 || out=$(read_journal -b -n 200)
  else
    out=$(read_journal -b -n 200)
  fi
  [ -n "$out" ] || return 0
  case $(printf '%s\n' "$out" | tail -n 1) in
    '-- cursor: '*)
      cursor=$(printf '%s\n' "$out" | tail -n 1)
      cursor=${cursor#-- cursor: }
      out=$(printf '%s\n' "$out" | sed '$d')
      ;;
  esac
  # What a log says must not look like what we say: a carriage return would hide the mark before it.
  if [ -n "$out" ]; then printf '%s\n' "$out" | sed "s/$cr*\$//; s/.*$cr//; s/^/| /"; fi
}

job() { if [ -d "$dir" ]; then echo there; fi; }

end=$(($(seconds) + wait))
first=$(state) first_job=$(job)
while :; do
  lines
  now=$(state)
  # Between two calls the change may have been missed.
  if [ -n "$while" ] && ! printf '%s\n' "$now" | grep -qx "active=$while"; then break; fi
  if [ "$now" != "$first" ] || [ "$(job)" != "$first_job" ] || [ -f "$dir/rc" ] || [ "$(seconds)" -ge "$end" ]; then break; fi
  sleep 1
done
# A host on its way down ends its units: the link drops before a wrong answer is given.
if [ "$(systemctl is-system-running 2>/dev/null)" = stopping ]; then sleep 60; fi
# What it said last may have come after the look into the journal.
lines
echo "cursor=$cursor"
echo "$now"
if [ -d "$dir" ]; then
  echo "job=there"
  if [ -f "$dir/rc" ]; then echo "rc=$(cat "$dir/rc")"; fi
fi
exit 0

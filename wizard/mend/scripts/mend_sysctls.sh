#!/bin/sh
# mend sysctls FILE NAME=VALUE...: now and, by FILE, at each boot; a setting that the kernel has not is left out.
current() { sysctl -n "$1" 2>/dev/null | tr '\t' ' '; }
if undoing; then
  restore
  noted values | while read -r pair; do run sysctl -q -w "$pair"; done
  forget
  exit 0
fi
file=$1
shift
for pair in "$@"; do
  setting=${pair%%=*} value=${pair#*=}
  now=$(current "$setting")
  if [ -z "$now" ] || [ "$now" = "$value" ]; then continue; fi
  note values "$setting=$now"
  run sysctl -q -w "$pair"
  looking || [ "$(current "$setting")" = "$value" ] || give_up "the kernel did not take $pair"
done
# What an earlier mend wrote there stays.
{
  if [ -f "$file" ]; then cat "$file"; else echo "# Written by rancher-wizard"; fi
  for pair in "$@"; do
    grep -qxF "${pair%%=*} = ${pair#*=}" "$file" 2>/dev/null || echo "${pair%%=*} = ${pair#*=}"
  done
} | put "$file"

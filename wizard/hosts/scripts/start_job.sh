#!/bin/sh
# start_job UNIT LIMIT_S NAME TEXT [ARG...]: run the script TEXT as the transient unit UNIT, at most LIMIT_S seconds.
# Prints started, there (this very job runs or has ended) or busy (another one runs), then the journal cursor=.
set -eu
unit=$1 limit=$2 name=$3 text=$4
shift 4
umask 077
dir=/run/rancher-wizard/$unit
new=$dir.new

# A host on its way down ends jobs: the link drops before a wrong answer is given.
if [ "$(systemctl is-system-running 2>/dev/null || true)" = stopping ]; then sleep 60; fi

# systemd expands $ in arguments it is given: everything goes by file.
rm -rf -- "$new"
mkdir -p -- "$new"
printf '%s\n' "$text" >"$new/script"
{
  printf '%s\n' "set -- \\"
  for arg in "$@"; do printf '%s\n' "$arg" | sed "s/'/'\\\\''/g; 1s/^/'/; \$s/\$/' \\\\/"; done
  echo
  echo "sh $dir/script \"\$@\""
  echo "echo \$? >$dir/rc.new && mv -f $dir/rc.new $dir/rc"
} >"$new/run"

same() { [ -f "$dir/run" ] && [ "$(cat "$dir/script" "$dir/run" | sha256sum)" = "$(cat "$new/script" "$new/run" | sha256sum)" ]; }

case $(systemctl show -p ActiveState --value "$unit.service") in
  active | activating | deactivating | reloading)
    if same; then did=there; else did=busy; fi
    ;;
  *) if [ -f "$dir/rc" ] && same; then did=there; else did=started; fi ;;
esac
if [ "$did" = started ]; then
  rm -rf -- "$dir"
  mv -T -- "$new" "$dir"
  journalctl -q -n 1 -o cat --show-cursor 2>/dev/null | sed -n 's/^-- cursor: //p' | tail -n 1 >"$dir/cursor"
  systemctl reset-failed "$unit.service" >/dev/null 2>&1 || true
  systemd-run --quiet --no-ask-password --collect --unit="$unit" --description="rancher-wizard $name" \
    --property="RuntimeMaxSec=$limit" --setenv=LC_ALL=C --setenv="PATH=$PATH" /bin/sh "$dir/run" >&2
fi
rm -rf -- "$new"
echo "$did"
if [ -f "$dir/cursor" ]; then echo "cursor=$(cat "$dir/cursor")"; fi

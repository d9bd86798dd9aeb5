#!/bin/sh
# net_open LEASE_S RUN NODE ADDRESS PYTHON PERL PORT/PROTOCOL...: let a unit answer on each of the ports that is free, until
# LEASE_S seconds after the last net_keep; PYTHON and PERL are the two texts of the program.
# Prints program= (python3, perl or none), address= (where it listens), listens=, busy=PORT/PROTOCOL OWNER, firewall=, rule=.
set -u
lease=$1 run=$2 node=$3 address=$4 python=$5 perl=$6
shift 6
unit=rancher-wizard-network
dir=/run/$unit
bounded() { timeout -k 2 5 "$@" 2>/dev/null </dev/null; }

# owner PORT/PROTOCOL: who holds it; the kernel's own sockets (VXLAN, WireGuard) have no process.
owner() {
  kind=t
  [ "${1#*/}" = udp ] && kind=u
  bounded ss -H -lnp"$kind" "sport = :${1%/*}" | awk '
    { found = 1; if (match($0, /users:\(\("[^"]*"/)) name = substr($0, RSTART + 9, RLENGTH - 10) }
    END { print found ? (name == "" ? "kernel" : name) : "-" }'
}

# An address that is not on this host (NAT, a name) is asked all the same: then every address answers.
bounded ip -o addr show | awk '{sub(/\/.*/, "", $4); print $4}' | grep -Fqx -- "$address" || address='*'
echo "address=$address"

program=
for each in python3 /usr/libexec/platform-python perl; do
  if [ -z "$program" ] && command -v "$each" >/dev/null 2>&1; then program=$each; fi
done
case $program in
  '') echo "program=none" ;;
  # systemd expands $ in arguments.
  perl) set -- perl -e "$(printf '%s\n' "$perl" | sed 's/\$/$$/g')" "$run" "$node" "$dir" "$lease" "$address" "$@" ;;
  *) set -- "$program" -c "$python" "$run" "$node" "$dir" "$lease" "$address" "$@" ;;
esac

if [ -n "$program" ]; then
  echo "program=${program##*/}"
  # Left by a run that was killed a moment ago: it would hold the ports.
  systemctl stop "$unit.service" >/dev/null 2>&1
  systemctl reset-failed "$unit.service" >/dev/null 2>&1
  rm -rf -- "$dir"
  systemd-run --quiet --no-ask-password --collect --unit="$unit" --description="rancher-wizard network proof" \
    --property=RuntimeMaxSec=900 --property=RuntimeDirectory="$unit" "$@" >&2 || exit 1
  tries=0
  while [ ! -f "$dir/ports" ] && [ "$tries" -lt 100 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  if [ ! -f "$dir/ports" ]; then
    echo "the listener did not start: $(journalctl -q -n 1 -o cat -u "$unit.service" 2>/dev/null)" >&2
    exit 1
  fi
  while read -r line; do
    case $line in
      busy=*) echo "$line $(owner "${line#busy=}")" ;;
      *) echo "$line" ;;
    esac
  done <"$dir/ports"
fi

# What could say no here: whose firewall runs, and each rule of nftables that drops or rejects.
if bounded systemctl is-active -q firewalld; then
  echo "firewall=firewalld"
elif command -v ufw >/dev/null 2>&1 && bounded ufw status | grep -q '^Status: active'; then
  echo "firewall=ufw"
elif command -v nft >/dev/null 2>&1; then
  echo "firewall=nft"
elif command -v iptables >/dev/null 2>&1; then
  echo "firewall=iptables"
fi
if command -v nft >/dev/null 2>&1; then
  bounded nft -a list ruleset | awk '
    $1 == "table" { family = $2; table = $3 }
    $1 == "chain" { chain = $2; hook = "-" }
    $1 == "type" { for (i = 1; i < NF; i++) if ($i == "hook") hook = $(i + 1)
      if ($0 ~ /policy drop/) print "rule=" family " " table " " chain " " hook " policy drop"
      next }
    /[ \t](drop|reject)/ && /# handle [0-9]+$/ { handle = $NF; text = $0; sub(/^[ \t]+/, "", text); sub(/ # handle.*/, "", text)
      print "rule=" family " " table " " chain " " hook " " handle " " text }' | head -n 300
else
  bounded iptables -S INPUT | awk '/^-P INPUT DROP/ { print "rule=ip filter INPUT input policy drop" }
    /-j (DROP|REJECT)/ { print "rule=ip filter INPUT input - " $0 }' | head -n 300
fi
exit 0

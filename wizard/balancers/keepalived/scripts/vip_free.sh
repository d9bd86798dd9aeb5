#!/bin/sh
# vip_free ADDRESS DEVICE SECONDS PYTHON PERL: who has ADDRESS, by ARP or neighbour discovery, and which VRRP is heard.
# Prints here=yes or no, mac=MAC for whoever answers, heard=SOURCE ROUTER_ID PRIORITY each, program= what listened.
set -u
vip=$1 device=$2 seconds=$3 python=$4 perl=$5
if ip -o addr show to "$vip" 2>/dev/null | grep -q .; then echo here=yes; else echo here=no; fi

program=
for each in python3 /usr/libexec/platform-python perl; do
  if [ -z "$program" ] && command -v "$each" >/dev/null 2>&1; then program=$each; fi
done
case $vip in *:*) family=6 ;; *) family=4 ;; esac
case $program in
  '') echo "program=none" ;;
  perl) timeout "$((seconds + 2))" perl -e "$perl" "$family" "$device" "$seconds" 2>/dev/null & ;;
  *) timeout "$((seconds + 2))" "$program" -c "$python" "$family" "$device" "$seconds" 2>/dev/null & ;;
esac
[ -z "$program" ] || echo "program=${program##*/}"

# The kernel itself asks who has the address when something is sent there; an old answer must not count.
ip neigh flush to "$vip" dev "$device" 2>/dev/null
for try in 1 2 3; do
  if command -v ping >/dev/null 2>&1; then
    ping -c 1 -W 1 -I "$device" "$vip" >/dev/null 2>&1
  else
    bash -c 'echo >"/dev/udp/$0/9"' "$vip" 2>/dev/null
    sleep 1
  fi
  mac=$(ip neigh show to "$vip" dev "$device" 2>/dev/null | sed -n 's/.*lladdr \([0-9a-fA-F:]*\).*/\1/p' | head -n 1)
  if [ -n "$mac" ]; then
    echo "mac=$mac"
    break
  fi
  [ "$try" = 3 ] || continue
done
wait
true

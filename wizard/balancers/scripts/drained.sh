#!/bin/sh
# What scripts that talk to haproxy's socket may use: which servers are drained by hand, kept for its next process.

# save_drained SOCKET FILE: keep what haproxy says now of servers that somebody took out, and of nothing else: a kept line
# brings back all that it says, the port too, and whether the others are well is soon known. A file that is missing or
# empty would be warned of.
save_drained() {
  servers=$(echo 'show servers state' | timeout 5 socat -t 5 - "UNIX-CONNECT:$1" 2>/dev/null) || servers=
  case $servers in
    1*) servers=$(printf '%s\n' "$servers" | awk 'NR == 1 || /^#/ || $7 % 2 == 1 || int($7 / 8) % 2 == 1') ;;
    *) if [ -s "$2" ]; then return 0; else servers=1; fi ;;
  esac
  (umask 077 && printf '%s\n' "$servers" >"$2.new")
  sync "$2.new" 2>/dev/null || sync
  mv -fT -- "$2.new" "$2"
}

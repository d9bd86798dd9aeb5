#!/bin/sh
# net_ask RUN NODE TEXT: ask what stdin has, one question a line: `KIND TARGET ADDRESS PORT`; TEXT is ask_one.bash.
# Prints a line for each, in any order: KIND TARGET PORT EXIT_STATUS and what was heard.
set -u
run=$1 node=$2 text=$3
if ! command -v bash >/dev/null 2>&1; then
  echo "bash is not installed" >&2
  exit 69
fi
export RW_RUN="$run" RW_NODE="$node" RW_TEXT="$text"
# shellcheck disable=SC2016 # expanded by the inner shell
xargs -n 4 -P 96 sh -c '
  limit=8
  case $1 in way | bulk) limit=20 ;; esac
  heard=$(timeout -k 1 "$limit" bash -c "$RW_TEXT" ask "$1" "$3" "$4" 2>&1 </dev/null)
  status=$?
  printf "%s %s %s %s %s\n" "$1" "$2" "$4" "$status" "$(printf %s "$heard" | head -c 400 | tr "\n" " ")"
' ask
exit 0

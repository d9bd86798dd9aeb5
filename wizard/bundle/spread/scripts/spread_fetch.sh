#!/bin/sh
# spread_fetch PYTHON PART SIZE PIECE ADDRESS PORT NAME PIN LEG_S: get what PART lacks from another node; PYTHON is the text
# of the program that does, stdin its token and hashes. Prints what it says, or program=none where no Python is.
set -u
python=$1
shift
for each in python3 /usr/libexec/platform-python; do
  if command -v "$each" >/dev/null 2>&1; then exec "$each" -c "$python" "$@"; fi
done
cat >/dev/null
echo "program=none"

#!/bin/sh
# unpack_rancherd ARCHIVE: put program and units of the first RancherD below /usr/local; the archive goes once they are.
set -eu
archive=$1
if [ -f "$archive" ]; then
  tar -xzf "$archive" -C /usr/local
  systemctl daemon-reload
  rm -f "$archive"
fi
/usr/local/bin/rancherd --version | awk 'NR==1{print $3}'

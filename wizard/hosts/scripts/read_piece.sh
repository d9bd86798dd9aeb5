#!/bin/sh
# read_piece PATH OFFSET COUNT: COUNT bytes of a file from OFFSET, in base64.
set -eu
dd if="$1" bs=65536 iflag=skip_bytes,count_bytes,fullblock skip="$2" count="$3" status=none | base64 -w 1024

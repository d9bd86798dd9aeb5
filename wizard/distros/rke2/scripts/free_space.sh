#!/bin/sh
# free_space PATH: MiB free on the filesystem that PATH is, or will be, on.
path=$1
while [ ! -d "$path" ]; do path=$(dirname "$path"); done
df -Pk "$path" | awk 'NR==2{print int($4/1024)}'

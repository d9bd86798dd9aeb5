#!/bin/sh
# mend swap: off now, and at each boot.
if undoing; then
  restore
  noted swaps | while read -r device; do run swapon "$device"; done
  forget
  exit 0
fi
if [ "$(wc -l </proc/swaps)" -gt 1 ]; then
  sed -n '2,$s/[[:space:]].*//p' /proc/swaps | while read -r device; do note swaps "$device"; done
  run swapoff -a
fi
if [ -f /etc/fstab ]; then
  sed -E 's/^([^#]+[[:space:]]swap[[:space:]].*)$/# \1/' /etc/fstab | put /etc/fstab
fi
if ! looking && [ "$(wc -l </proc/swaps)" -gt 1 ]; then give_up "swap is still on"; fi

#!/bin/sh
# mend packages NAME...: installed from the distribution's own sources.
if undoing; then
  uninstall
  forget
  exit 0
fi
install "$@"

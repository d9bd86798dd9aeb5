#!/bin/sh
# haproxy apply [FOLDER]: install HAProxy and socat, which talks to its socket, by the distribution's own manager; from
# the packages in FOLDER where it holds some. What came with them is kept for undo.
if [ -n "${1-}" ]; then
  case $(manager) in apt-get) install "$1"/*.deb ;; *) install "$1"/*.rpm ;; esac
else
  install haproxy socat
fi

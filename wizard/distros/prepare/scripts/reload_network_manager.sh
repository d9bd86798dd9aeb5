#!/bin/sh
# reload_network_manager: let a running NetworkManager read its drop-ins.
set -eu
if systemctl is-active -q NetworkManager; then systemctl reload NetworkManager; fi

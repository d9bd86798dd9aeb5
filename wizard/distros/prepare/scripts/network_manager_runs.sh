#!/bin/sh
# network_manager_runs: active when NetworkManager runs here, else its state.
systemctl is-active NetworkManager || true

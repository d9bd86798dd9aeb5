#!/bin/sh
# ask_restart: have whoever starts RKE2 next find its configuration newer than its process, so that it starts anew.
set -eu
touch -m /etc/rancher/rke2/config.yaml

#!/bin/sh
# Whether kube-vip's manifest is on this server; part of the probe, changes nothing.
file_fact /var/lib/rancher/rke2/server/manifests/rancher-wizard-kube-vip.yaml

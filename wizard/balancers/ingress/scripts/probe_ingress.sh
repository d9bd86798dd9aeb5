#!/bin/sh
# What RKE2's ingress controller is configured by on this server; part of the probe, changes nothing.
file_fact /var/lib/rancher/rke2/server/manifests/rancher-wizard-ingress.yaml

#!/bin/sh
# cluster_ca: the sha256 of the cluster CA's PEM file; run on a server that is up.
sha256sum </var/lib/rancher/rke2/server/tls/server-ca.crt | cut -d' ' -f1

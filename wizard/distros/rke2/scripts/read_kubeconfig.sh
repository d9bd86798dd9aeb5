#!/bin/sh
# read_kubeconfig: the admin's kubeconfig of this server.
cat /etc/rancher/rke2/rke2.yaml

"""Rancher in the cluster: cert-manager and Rancher, by helm here or by the charts that RKE2 installs itself."""

"""What keeps a cluster of RKE1 in order: its snapshots and certificates, by the vendor's `rke`."""

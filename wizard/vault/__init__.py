"""What a cluster's secrets and its files that must not be lost are sealed by, on the jump host."""

"""What stands in front of a cluster."""

"""RKE1 to another version, one minor at a time, and back out of a snapshot."""

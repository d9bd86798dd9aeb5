"""HAProxy on machines in front of the cluster."""

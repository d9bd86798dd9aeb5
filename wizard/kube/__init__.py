"""A cluster's API: kubectl where the cluster keeps it, or on this machine, and what is done by it."""

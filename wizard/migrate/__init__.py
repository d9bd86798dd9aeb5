"""The way from RKE1 to RKE2: a cluster is read, and what leads out of it is written down. Nothing is changed."""

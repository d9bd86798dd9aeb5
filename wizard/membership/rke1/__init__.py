"""Nodes of an RKE1 cluster that leave it, and what they keep of it cleaned away."""

"""Nodes leave the balancers' pools before they are restarted or removed, and come back when they are well."""

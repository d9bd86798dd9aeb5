"""Nodes taken to their next release by Rancher's system-upgrade-controller: its plans, and a watch over its work."""

"""Offline bundles: one file that carries a whole site across the gap."""

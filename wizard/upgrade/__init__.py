"""Upgrades: which way leads from what runs to what is wanted, what stands in it, and the plan that goes it."""

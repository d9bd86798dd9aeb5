"""Changes to a host that are shown before, verified after, and can be taken back."""

"""Lists of nodes."""

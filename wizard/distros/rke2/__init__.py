"""RKE2: its files, its steps, and how to read what it says."""

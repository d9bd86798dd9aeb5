"""What keeps a running cluster in order: snapshots, certificates, and what has drifted from the spec."""

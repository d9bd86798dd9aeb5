"""Which nodes belong to a running cluster: some taken out of it, or all of it taken away."""

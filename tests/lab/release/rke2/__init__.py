"""A stand-in for the rke2 binary that keeps the contract an installer meets; see each module for its part."""

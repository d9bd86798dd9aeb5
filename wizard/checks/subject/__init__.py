"""The checks themselves, one file a subject; each reads facts and the spec, and touches nothing."""

"""Hand-off: what somebody else's balancer has to do, as a sheet for a human and a configuration."""

"""The virtual IP of a pair of balancers, carried by keepalived."""

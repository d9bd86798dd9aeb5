"""A virtual IP that the servers carry themselves, by kube-vip."""

"""Real nodes to try the wizard on: systemd-nspawn machines in network namespaces, a stand-in release, faults."""

"""The wire: one SSH connection a host, scripts, transfer, trust and facts."""

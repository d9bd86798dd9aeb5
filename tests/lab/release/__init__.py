"""The stand-in rke2 release: what the lab installs in place of the real one."""

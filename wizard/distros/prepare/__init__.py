"""Prerequisites on a host that several distributions share, each changed only with consent."""

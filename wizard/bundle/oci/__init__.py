"""The OCI distribution protocol, as far as pulling, serving and pushing images want it."""

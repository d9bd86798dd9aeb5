"""What each Kubernetes distribution needs on its nodes."""

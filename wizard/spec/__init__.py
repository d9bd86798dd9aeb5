"""What the operator wants: `cluster.yaml`, read, checked and turned into models."""

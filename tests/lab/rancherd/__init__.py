"""RancherD of both generations as stand-ins."""

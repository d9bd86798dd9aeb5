"""The ingress controller that RKE2 brings, told what a site needs of it."""

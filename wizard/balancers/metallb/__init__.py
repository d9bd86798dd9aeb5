"""MetalLB in the cluster: its chart, its addresses, and the ingress controller behind one of them."""

"""The network proof: real listeners on the cluster's own ports, asked by every node that must reach them."""

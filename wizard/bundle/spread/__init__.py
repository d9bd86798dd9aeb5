"""Release files from node to node: who gives whom, by which door, and when that is quicker than from here alone."""

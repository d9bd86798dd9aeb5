"""From answers to a design, and from a design with its nodes to a spec."""

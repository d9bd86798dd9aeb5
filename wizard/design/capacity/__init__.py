"""How much a design takes: the load, counts of machines, and how large each must be, with the arithmetic."""

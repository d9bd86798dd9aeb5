"""Files that a design can start from, one module a kind."""

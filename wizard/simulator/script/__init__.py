"""What each of the product's scripts would answer on a simulated node, one file a family."""

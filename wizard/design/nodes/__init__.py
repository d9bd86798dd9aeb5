"""Lists of nodes as operators have them: understood, tried, and given roles."""

"""What a site needs, from its spec alone, and the proof that a bundle holds it."""

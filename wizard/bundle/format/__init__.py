"""The file itself: a tar whose every byte follows from its manifest, so that nothing else fits in."""

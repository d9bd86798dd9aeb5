"""Images that a bundle brings to nodes beside the release: which they are, and how they get there."""

"""Give a bundle out as a container registry, or push it into one that exists."""

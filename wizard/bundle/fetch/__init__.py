"""Fill a bundle: files and images from where they are published, by way of a cache on this machine."""

"""Plans carried out on hosts, and the stream of events that tells of it."""

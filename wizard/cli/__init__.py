"""The front door: one file a subcommand group."""

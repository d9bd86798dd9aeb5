"""The wizard in plain prompts, for terminals that can't carry a screen."""

"""What an operator sees: Textual screens over the engine's journal."""

"""The site behind `demo`: SSH servers on loopback with simulated hosts behind them; nothing of it runs anything."""

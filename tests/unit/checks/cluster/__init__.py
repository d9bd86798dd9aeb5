"""Tests of the gate of an upgrade."""

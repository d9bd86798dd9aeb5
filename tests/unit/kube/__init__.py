"""Tests of what keeps a cluster in order."""

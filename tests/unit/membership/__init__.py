"""Tests of nodes that leave."""

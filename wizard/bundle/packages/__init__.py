"""Packages of the nodes' distributions: found in their repositories, carried in a bundle, handed to nodes."""

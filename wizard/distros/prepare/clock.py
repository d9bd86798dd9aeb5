"""The services that may keep a node's clock."""

CLOCKS = ("chrony", "chrony", "chronyd", "systemd-timesyncd", "ntpsec", "ntp", "ntpd")
"""Whichever is there keeps the clock; the first names the package to install where none is."""

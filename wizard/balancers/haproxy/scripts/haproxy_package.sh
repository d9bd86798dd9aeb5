#!/bin/sh
# haproxy apply [--from FOLDER] PACKAGE...: install HAProxy and what talks to its socket by the distribution's own
# manager. What came with them is kept for undo.
install "$@"

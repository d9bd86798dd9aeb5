#!/bin/sh
# keepalived apply [--from FOLDER] PACKAGE...: install the package by the distribution's own manager; what came with it
# is kept for undo. A unit that a package starts would carry nothing, as there is no configuration yet.
install "$@"

#!/bin/sh
# install_from_folder FOLDER ROLE: run the vendor's script on artifacts that lie in FOLDER.
set -eu
export INSTALL_RKE2_ARTIFACT_PATH="$1" INSTALL_RKE2_TYPE="$2"
sh "$1/install.sh"
# The images lie in their place already, and the tarball is unpacked: the staging copy only costs room.
rm -rf "$1"

#!/bin/sh
# install_online VERSION ROLE MIRROR PROXY: fetch the vendor's script and let it install VERSION.
# MIRROR, if given, serves install.sh and VERSION/FILE as the vendor's release page does.
set -eu
version=$1 role=$2 mirror=$3 proxy=$4
if [ -n "$proxy" ]; then export HTTPS_PROXY="$proxy" HTTP_PROXY="$proxy" https_proxy="$proxy" http_proxy="$proxy"; fi
script=$(mktemp)
trap 'rm -f "$script"' EXIT
url=https://get.rke2.io
if [ -n "$mirror" ]; then
  url=${mirror%/}/install.sh
  export INSTALL_RKE2_ARTIFACT_URL="${mirror%/}"
fi
echo "[INFO]  fetching $url"
if command -v curl >/dev/null 2>&1; then
  curl -sSfL --retry 3 --connect-timeout 15 --max-time 120 -o "$script" "$url"
else
  wget -q --tries=3 --timeout=15 -O "$script" "$url"
fi
export INSTALL_RKE2_VERSION="$version" INSTALL_RKE2_TYPE="$role"
sh "$script"

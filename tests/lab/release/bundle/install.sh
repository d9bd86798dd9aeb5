#!/bin/sh
# install.sh: put the stand-in release in place; same variables and messages as the real release's script.
set -e
info() { echo "[INFO]  $*"; }
warn() { echo "[WARN]  $*" >&2; }
fatal() { echo "[ERROR]  $*" >&2; exit 1; }

setup() {
  [ "$(id -u)" -eq 0 ] || fatal "need to be root"
  case $(uname -m) in
    x86_64 | amd64) arch=amd64 ;;
    aarch64 | arm64) arch=arm64 ;;
    s390x) arch=s390x ;;
    *) fatal "unsupported architecture $(uname -m)" ;;
  esac
  case ${INSTALL_RKE2_TYPE:-${INSTALL_RKE2_EXEC:-server}} in
    server | agent) ;;
    *) fatal "invalid INSTALL_RKE2_TYPE" ;;
  esac
  prefix=${INSTALL_RKE2_TAR_PREFIX:-/usr/local}
  if [ -z "$INSTALL_RKE2_TAR_PREFIX" ] && ! { mkdir -p /usr/local/bin && [ -w /usr/local ]; }; then
    prefix=/opt/rke2
    warn "/usr/local is read-only or a mount point; installing to $prefix"
  fi
  images=${INSTALL_RKE2_AGENT_IMAGES_DIR:-/var/lib/rancher/rke2/agent/images}
  tmp=$(mktemp -d -t rke2-install.XXXXXXXXXX)
  trap 'rm -rf "$tmp"' EXIT
  trap 'exit 130' INT
  tarball=rke2.linux-$arch.tar.gz
  sums=sha256sum-$arch.txt
  from=
  # For tests that need time in the middle of an install.
  if [ -f /etc/rke2-standin-pause-s ]; then sleep "$(cat /etc/rke2-standin-pause-s)"; fi
}

stage() {
  info "staging local checksums from $INSTALL_RKE2_ARTIFACT_PATH/$sums"
  cp -f "$INSTALL_RKE2_ARTIFACT_PATH/$sums" "$tmp/$sums"
  archive=
  for packed in zst gz; do
    if [ -z "$archive" ] && [ -f "$INSTALL_RKE2_ARTIFACT_PATH/rke2-images.linux-$arch.tar.$packed" ]; then
      archive=rke2-images.linux-$arch.tar.$packed
      info "staging $packed airgap image tarball from $INSTALL_RKE2_ARTIFACT_PATH/$archive"
      cp -f "$INSTALL_RKE2_ARTIFACT_PATH/$archive" "$tmp/$archive"
    fi
  done
  info "staging tarball from $INSTALL_RKE2_ARTIFACT_PATH/$tarball"
  cp -f "$INSTALL_RKE2_ARTIFACT_PATH/$tarball" "$tmp/$tarball"
}

download() {
  [ -n "$INSTALL_RKE2_VERSION" ] || fatal "this stand-in has no channels: set INSTALL_RKE2_VERSION"
  [ -n "$INSTALL_RKE2_ARTIFACT_URL" ] || fatal "this stand-in is on no public site: set INSTALL_RKE2_ARTIFACT_URL"
  info "using $INSTALL_RKE2_VERSION as release"
  from=${INSTALL_RKE2_ARTIFACT_URL%/}
  url=$from/$(echo "$INSTALL_RKE2_VERSION" | sed 's/+/%2B/g')
  info "downloading checksums at $url/$sums"
  curl -sSfL -o "$tmp/$sums" "$url/$sums" || fatal "download failed"
  info "downloading tarball at $url/$tarball"
  curl -sSfL -o "$tmp/$tarball" "$url/$tarball" || fatal "download failed"
}

verify() {
  expected=$(grep " $1\$" "$tmp/$sums" | awk '{print $1}' | head -n 1)
  # As the real one does: a file that the list does not name is not checked.
  [ -n "$expected" ] || return 0
  actual=$(sha256sum "$tmp/$1" | awk '{print $1}')
  [ "$expected" = "$actual" ] || fatal "download sha256 does not match $expected, got $actual"
}

place_images() {
  [ -n "$archive" ] || return 0
  info "verifying airgap tarball"
  verify "$archive"
  info "installing airgap tarball to $images"
  mkdir -p "$images"
  mv -f "$tmp/$archive" "$images/$archive"
  for more in "$INSTALL_RKE2_ARTIFACT_PATH"/rke2-images-*.linux-"$arch"*; do
    [ -f "$more" ] || continue
    info "Installing airgap image from $more"
    cp -f "$more" "$images/"
  done
}

unpack() {
  info "verifying tarball"
  verify "$tarball"
  info "unpacking tarball file to $prefix"
  mkdir -p "$prefix"
  tar xzf "$tmp/$tarball" -C "$prefix"
  if [ "$prefix" != /usr/local ]; then
    info "updating tarball contents to reflect install path"
    sed -i "s|/usr/local|$prefix|g" "$prefix/lib/systemd/system/rke2-server.service" "$prefix/lib/systemd/system/rke2-agent.service"
    info "moving systemd units to /etc/systemd/system"
    mv -f "$prefix"/lib/systemd/system/rke2-*.service /etc/systemd/system/
    info "install complete; you may want to run:  export PATH=\$PATH:$prefix/bin"
  fi
  # An online node reaches a registry; the stand-in's is the mirror that it came from.
  for unit in server agent; do
    echo "RKE2_STANDIN_REGISTRY=$from" >"$prefix/lib/systemd/system/rke2-$unit.env"
  done
}

setup
if [ -n "$INSTALL_RKE2_ARTIFACT_PATH" ]; then
  stage
  place_images
else
  download
fi
unpack
if [ -z "$INSTALL_RKE2_SKIP_RELOAD" ] && command -v systemctl >/dev/null; then systemctl daemon-reload || true; fi
exit 0

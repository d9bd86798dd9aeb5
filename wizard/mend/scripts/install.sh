#!/bin/sh
# What mends that install packages begin with: by the distribution's own manager, with what was installed kept for undo.
manager() { for each in apt-get dnf yum zypper; do if command -v "$each" >/dev/null 2>&1; then echo "$each" && return 0; fi; done; }
installed() { if command -v dpkg-query >/dev/null 2>&1; then dpkg-query -W -f '${Package} ${db:Status-Status}\n' | sed -n 's/ installed$//p' | sort -u; else rpm -qa --qf '%{NAME}\n' | sort -u; fi; }
is_installed() { installed | grep -qxF -- "$1"; }
install_words() {
  case $(manager) in
    apt-get) echo "apt-get -q -y -o DPkg::Lock::Timeout=60 -o Dpkg::Options::=--force-confold --no-install-recommends install" ;;
    zypper) echo "zypper --non-interactive install --no-recommends" ;;
    dnf) echo "dnf -q -y install" ;;
    yum) echo "yum -q -y install" ;;
    *) give_up "no package manager that is known here: apt-get, dnf, yum or zypper" ;;
  esac
}
remove_words() {
  case $(manager) in
    apt-get) echo "apt-get -q -y -o DPkg::Lock::Timeout=60 purge" ;;
    zypper) echo "zypper --non-interactive remove" ;;
    *) echo "$(manager) -q -y remove" ;;
  esac
}
install() {
  missing=
  for package in "$@"; do is_installed "$package" || missing="$missing $package"; done
  [ -n "$missing" ] || return 0
  before=$(installed)
  # shellcheck disable=SC2046,SC2086
  run env DEBIAN_FRONTEND=noninteractive $(install_words) $missing || failed=yes
  if looking; then return 0; fi
  # Also after a failure: half of them may have come.
  for package in $(installed); do
    printf '%s\n' "$before" | grep -qxF -- "$package" || note installed "$package"
  done
  [ -z "${failed-}" ] || give_up "the package manager could not install$missing: its last lines say why"
}
uninstall() {
  packages=$(noted installed | tr '\n' ' ')
  [ -n "$packages" ] || return 0
  # shellcheck disable=SC2046,SC2086
  run env DEBIAN_FRONTEND=noninteractive $(remove_words) $packages
}

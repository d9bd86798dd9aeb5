#!/bin/sh
# What mends that install packages begin with: by the distribution's own manager, with what was installed kept for undo.
# --from FOLDER before their arguments: the packages in that folder are all that it may install, and nobody is asked;
# --renew after it: also in place of older ones.
folder=
renew=
if [ "${1-}" = --from ]; then
  folder=$2
  shift 2
fi
if [ "${1-}" = --renew ]; then
  renew=yes
  shift
fi
manager() { for each in apt-get dnf yum zypper; do if command -v "$each" >/dev/null 2>&1; then echo "$each" && return 0; fi; done; }
installed() { if command -v dpkg-query >/dev/null 2>&1; then dpkg-query -W -f '${Package} ${db:Status-Status}\n' | sed -n 's/ installed$//p' | sort -u; else rpm -qa --qf '%{NAME}\n' | sort -u; fi; }
is_installed() { installed | grep -qxF -- "$1"; }
# offered: make the folder a repository of the manager's, which takes of it what this host lacks.
offered() {
  case $(manager) in
    apt-get) offered_to_apt ;;
    zypper) offered_to_zypper ;;
  esac
}
# For dnf and zypper its metadata came with the packages.
offered_to_zypper() {
  mkdir -p "$folder/repos.d"
  printf '[rancher-wizard]\nbaseurl=dir:%s\nenabled=1\ntype=rpm-md\n' "$folder" >"$folder/repos.d/rancher-wizard.repo"
  # shellcheck disable=SC2046
  LC_ALL=C zypper --non-interactive $(folder_words) refresh >&2 || give_up "the packages in $folder can't be read: its last lines say why"
}
offered_to_apt() {
  for package in "$folder"/*.deb; do
    dpkg-deb -f "$package"
    echo "Filename: ./${package##*/}"
    echo "Size: $(stat -c %s "$package")"
    echo "SHA256: $(sha256sum <"$package" | cut -d ' ' -f 1)"
    echo
  done >"$folder/Packages"
  echo "deb [trusted=yes] file:$folder ./" >"$folder/sources.list"
  mkdir -p "$folder/lists/partial"
  # shellcheck disable=SC2046
  LC_ALL=C apt-get -q $(folder_words) update >&2 || give_up "the packages in $folder can't be read: its last lines say why"
}
folder_words() {
  [ -n "$folder" ] || return 0
  case $(manager) in
    apt-get)
      echo "-o Dir::Etc::SourceList=$folder/sources.list -o Dir::Etc::SourceParts=- -o Dir::State::Lists=$folder/lists" \
        "-o Dir::Cache::PkgCache= -o Dir::Cache::SrcPkgCache= -o APT::Sandbox::User=root"
      ;;
    zypper) echo "--no-gpg-checks --reposd-dir $folder/repos.d --cache-dir $folder/cache" ;;
    *)
      # Modules are for choosing between streams: here there is one of each package. Plug-ins may ask outside.
      echo "--noplugins --nogpgcheck --repofrompath=rancher-wizard,file://$folder --repo=rancher-wizard" \
        "--setopt=rancher-wizard.module_hotfixes=1 --setopt=install_weak_deps=0 --setopt=cachedir=$folder/cache"
      ;;
  esac
}
install_words() {
  case $(manager) in
    apt-get) echo "apt-get -q -y $(folder_words) -o DPkg::Lock::Timeout=60 -o Dpkg::Options::=--force-confold --no-install-recommends install" ;;
    zypper) echo "zypper --non-interactive $(folder_words) install --no-recommends" ;;
    # Where best=False is set, dnf takes the one that is installed for good enough to `install`.
    dnf | yum) echo "$(manager) -q -y $(folder_words) $(if [ -n "$renew" ]; then echo upgrade; else echo install; fi)" ;;
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
# emptied: the packages have served, and are in the way of nobody's disk.
emptied() { if [ -n "$folder" ] && ! looking; then rm -rf -- "$folder"; fi; }
install() {
  missing=
  for package in "$@"; do
    if [ -n "$renew" ] || ! is_installed "$package"; then missing="$missing $package"; fi
  done
  if [ -z "$missing" ]; then
    emptied
    return 0
  fi
  before=$(installed)
  if [ -n "$folder" ] && ! looking; then offered; fi
  # shellcheck disable=SC2046,SC2086
  run env DEBIAN_FRONTEND=noninteractive $(install_words) $missing || failed=yes
  if looking; then return 0; fi
  # Also after a failure: half of them may have come.
  for package in $(installed); do
    printf '%s\n' "$before" | grep -qxF -- "$package" || note installed "$package"
  done
  [ -n "${failed-}" ] || emptied
  [ -z "${failed-}" ] || give_up "the package manager could not install$missing: its last lines say why"
}
uninstall() {
  packages=$(noted installed | tr '\n' ' ')
  [ -n "$packages" ] || return 0
  # shellcheck disable=SC2046,SC2086
  run env DEBIAN_FRONTEND=noninteractive $(remove_words) $packages
}

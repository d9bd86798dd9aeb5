#!/bin/sh
# What every mend begins with: NAME VERB [ARG...]. look shows what would be done, apply does it and keeps what was,
# undo takes it back. Each command is told as run=, each file as file= with its old= and new= lines.
set -eu
name=$1 verb=$2
shift 2
kept=/var/lib/rancher-wizard/mends/$name

looking() { [ "$verb" = look ]; }
undoing() { [ "$verb" = undo ]; }
give_up() {
  echo "$1" >&2
  exit 1
}

# run COMMAND [ARG...]: tell it and, unless we only look, carry it out.
run() {
  printf 'run=%s\n' "$*"
  if ! looking; then LC_ALL=C "$@" >&2; fi
}

# note TOPIC TEXT: keep what undo will have to know, before anything is done.
note() {
  if ! looking && ! { [ -f "$kept/$1" ] && grep -qxF -- "$2" "$kept/$1"; }; then
    (umask 077 && mkdir -p "$kept")
    printf '%s\n' "$2" >>"$kept/$1"
    sync "$kept/$1" 2>/dev/null || sync
  fi
}
noted() { if [ -f "$kept/$1" ]; then cat "$kept/$1"; fi; }

kept_as() { printf '%s\n' "$1" | tr / %; }

# keep PATH: remember a file as it is, or that there is none, and which of its folders are missing.
keep() {
  if looking || [ -e "$kept/was/$(kept_as "$1")" ] || { [ -f "$kept/absent" ] && grep -qxF -- "$1" "$kept/absent"; }; then
    return 0
  fi
  if [ -e "$1" ]; then
    (umask 077 && mkdir -p "$kept/was")
    cp -p -- "$1" "$kept/was/.new"
    mv -- "$kept/was/.new" "$kept/was/$(kept_as "$1")"
    note files "$1"
    return 0
  fi
  note absent "$1"
  folder=$(dirname -- "$1")
  while [ ! -d "$folder" ]; do
    note folders "$folder"
    folder=$(dirname -- "$folder")
  done
}

tell() { if [ -n "$2" ]; then printf '%s\n' "$2" | sed "s/^/$1=/"; fi; }

# put PATH: let stdin be its text, whole or not at all; a new file is 0644.
put() {
  want=$(cat)
  have=
  if [ -f "$1" ]; then
    have=$(cat -- "$1")
    if [ "$want" = "$have" ]; then return 0; fi
  fi
  printf 'file=%s\n' "$1"
  tell old "$have"
  tell new "$want"
  if looking; then return 0; fi
  keep "$1"
  mkdir -p -- "$(dirname -- "$1")"
  temp=$1.rancher-wizard
  printf '%s\n' "$want" >"$temp"
  chmod 644 "$temp"
  if [ -f "$1" ]; then
    chmod --reference="$1" "$temp"
    chown --reference="$1" "$temp"
  fi
  sync "$temp" 2>/dev/null || sync
  mv -fT -- "$temp" "$1"
  note written "$(sha256sum <"$1" | cut -d ' ' -f 1) $1"
}

# own_files_only: stop before anything is taken back when somebody has changed what we wrote.
own_files_only() {
  noted written | while read -r _ path; do
    if [ ! -f "$path" ] || ! grep -qxF -- "$(sha256sum <"$path" | cut -d ' ' -f 1) $path" "$kept/written"; then
      give_up "$path was changed since it was mended: take our lines out by hand; as it was before: $kept/was"
    fi
  done
}

# restore: put back every file that was kept, remove those that were not there.
restore() {
  noted files | while read -r path; do
    printf 'file=%s\n' "$path"
    cp -p -- "$kept/was/$(kept_as "$path")" "$path.rancher-wizard"
    mv -fT -- "$path.rancher-wizard" "$path"
    if command -v restorecon >/dev/null 2>&1; then restorecon -- "$path" >/dev/null 2>&1 || true; fi
  done
  noted absent | while read -r path; do
    if [ -e "$path" ]; then
      printf 'file=%s\n' "$path"
      rm -f -- "$path"
    fi
  done
  noted folders | while read -r folder; do rmdir -- "$folder" 2>/dev/null || true; done
}

# forget: the mend is taken back; nothing of it stays.
forget() {
  rm -rf -- "$kept"
  rmdir -p --ignore-fail-on-non-empty /var/lib/rancher-wizard/mends 2>/dev/null || true
}

if undoing; then
  if [ ! -d "$kept" ]; then exit 0; fi
  own_files_only
fi

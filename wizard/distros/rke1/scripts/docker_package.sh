#!/bin/sh
# docker_package NAME apply [--from FOLDER] USER PACKAGE...: install Docker by the distribution's own manager, start it,
# and let USER speak to it. What came is kept for undo.
user=$1
shift
install "$@"
run systemctl enable --now docker.service
group=$(stat -L -c %G /var/run/docker.sock 2>/dev/null) || group=docker
if [ "$user" != root ] && [ "$group" != root ] && ! id -nG "$user" | tr ' ' '\n' | grep -qxF -- "$group"; then
  run usermod -aG "$group" "$user"
fi

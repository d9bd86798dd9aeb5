#!/bin/sh
# Part of the probe: what RKE1 needs of Docker and of sshd, for the user that it logs in as. Changes nothing.
[ "${rw_distribution:-}" = rke1 ] || exit 0
socket=${rw_docker_socket:-/var/run/docker.sock}
user=${rw_user:-${SUDO_USER:-$(id -un)}}
echo "x.docker.user=$user $(id -nG "$user" 2>/dev/null)"
if [ -S "$socket" ]; then
  echo "x.docker.socket=$(stat -L -c '%a %U:%G' "$socket") $socket"
  # As that user, with the groups that a new login has.
  if bounded setpriv --reuid "$(id -u "$user")" --regid "$(id -g "$user")" --init-groups test -w "$socket"; then
    echo "x.docker.reached=yes"
  else
    echo "x.docker.reached=no"
  fi
fi
if command -v docker >/dev/null 2>&1; then
  echo "x.docker.program=yes"
  DOCKER_HOST=unix://$socket
  export DOCKER_HOST
  bounded docker info --format 'x.docker.engine={{.ServerVersion}} {{.Driver}} {{.CgroupDriver}} {{.DockerRootDir}}' | grep '^x\.docker\.engine=[0-9]'
  bounded docker info --format '{{range .DriverStatus}}{{index . 0}}={{index . 1}}{{"\n"}}{{end}}' |
    sed -n 's/^Supports d_type=/x.docker.d_type=/p'
  bounded docker inspect --format '{{range .Args}}{{println .}}{{end}}' kubelet | sed -n 's/^--hostname-override=/x.docker.node=/p'
fi

command -v sshd >/dev/null 2>&1 || exit 0
# Older ones don't know -V, and name their version all the same.
echo "x.sshd.version=$(timeout -k 2 10 sshd -V 2>&1 </dev/null | sed -n 's/.*OpenSSH_\([0-9.]*\).*/\1/p' | head -n 1)"
# sudo takes the variable away: its own process has it still.
way=${SSH_CONNECTION:-$(tr '\0' '\n' <"/proc/$PPID/environ" 2>/dev/null | sed -n 's/^SSH_CONNECTION=//p' | head -n 1)}
# shellcheck disable=SC2086 # four words: who comes from where, to where
set -- ${way:-127.0.0.1 0 127.0.0.1 22}
bounded sshd -T -C "user=$user,host=$1,addr=$1,laddr=$3,lport=$4" |
  awk '$1 ~ /^(allowtcpforwarding|allowstreamlocalforwarding|disableforwarding|permitopen)$/ {print "x.sshd=" $0}'
true

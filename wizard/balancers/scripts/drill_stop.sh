#!/bin/sh
# drill_stop SECONDS: stop haproxy on purpose; it is started again after SECONDS by the machine itself, unless drill_back was.
set -eu
systemctl stop rancher-wizard-drill.timer rancher-wizard-drill.service >/dev/null 2>&1 || true
systemd-run --quiet --unit=rancher-wizard-drill --on-active="$1" --timer-property=AccuracySec=1s systemctl start haproxy
systemctl stop haproxy
echo stopped

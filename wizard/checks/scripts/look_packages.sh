#!/bin/sh
# Part of the probe: package tools at work, a reboot that is due, the clock's keeper. Changes nothing.
for comm in /proc/[0-9]*/comm; do
  name=$(first_line "$comm")
  case $name in
    apt | apt-get | aptitude | dpkg | dnf | dnf5 | yum | zypper | rpm | unattended-upgr | transactional-up)
      pid=${comm#/proc/}
      # unattended-upgrades keeps a helper that only waits for the shutdown.
      tr '\0' ' ' <"/proc/${pid%/comm}/cmdline" 2>/dev/null | grep -q 'shutdown --wait' || echo "x.packages.busy=$name ${pid%/comm}" ;;
  esac
done | head -n 5
for flag in /run/reboot-required /var/run/reboot-required /run/reboot-needed /boot/do_purge_kernels; do
  if [ -e "$flag" ]; then
    echo "x.reboot=$flag"
    break
  fi
done
command -v dpkg >/dev/null 2>&1 && [ -n "$(bounded find /var/lib/dpkg/updates -type f -print -quit)" ] && echo "x.packages.broken=dpkg"
# Not timedatectl: it starts a service, which leaves a folder in /tmp.
leap=$(bounded chronyc -n tracking | sed -n 's/^Leap status *: *//p')
case $leap in
  'Not synchronised') echo "x.time.synced=no chrony" ;;
  ?*) echo "x.time.synced=yes chrony" ;;
  '')
    if [ -e /run/systemd/timesync/synchronized ]; then
      echo "x.time.synced=yes systemd-timesyncd"
    else
      case $(bounded ntpq -c 'rv 0 leap') in
        *leap=11*) echo "x.time.synced=no ntpd" ;;
        *leap=*) echo "x.time.synced=yes ntpd" ;;
      esac
    fi ;;
esac
echo "x.time.zone=$(date +%z)"
# Whom a keeper that runs asks: names and addresses as its files give them.
for unit in chrony chronyd ntp ntpd systemd-timesyncd; do
  bounded systemctl is-active -q "$unit" || continue
  case $unit in
    systemd-timesyncd) sed -n 's/^ *\(NTP\|FallbackNTP\) *= *//p' /etc/systemd/timesyncd.conf /etc/systemd/timesyncd.conf.d/*.conf ;;
    *) cat /etc/chrony.conf /etc/chrony/chrony.conf /etc/chrony.d/* /etc/chrony/conf.d/* /etc/chrony/sources.d/* /etc/ntp.conf |
      awk '$1 == "server" || $1 == "pool" || $1 == "peer" {print $2}' ;;
  esac 2>/dev/null | tr ' ' '\n' | grep . | head -n 10 | sed 's/^/x.time.server=/'
done
for package in ${rw_carried:-}; do echo "x.carried=$package"; done
true

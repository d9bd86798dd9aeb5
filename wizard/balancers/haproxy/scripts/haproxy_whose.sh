#!/bin/sh
# haproxy look CONFIG FIRST_LINE: whether HAProxy on this machine is free to go by CONFIG (stdin), which begins with
# FIRST_LINE. Prints foreign=WHAT and difference=LINE for what somebody else configured it by; changes nothing.
config=$1 first=$2
stock=/etc/haproxy/haproxy.cfg
foreign=
if [ -e "$config" ]; then
  if [ "$(head -n 1 "$config")" != "$first" ]; then foreign=$config; fi
elif [ -e "$stock" ] && ! pristine "$stock"; then
  foreign=$stock
fi
if [ -n "$foreign" ]; then
  echo "foreign=$foreign: $(head -n 1 "$foreign" | cut -c1-100)"
  diff -u "$foreign" - | sed 's/password .*/password …/; s/^/difference=/' | head -n 80
fi

#!/bin/sh
# installed_packages: for each package that is installed: package=NAME VERSION, as its own repositories write them.
if command -v dpkg-query >/dev/null 2>&1; then
  dpkg-query -W -f '${db:Status-Status} package=${Package} ${Version}\n' | sed -n 's/^installed //p'
else
  rpm -qa --qf 'package=%{NAME} %{EPOCHNUM}:%{VERSION}-%{RELEASE}\n'
fi

#!/bin/sh
# Part of the probe: whether this host gets at what it must download from; 10 s at most, all at the same time.
# Prints URL, HTTP status (000: none) and curl's exit status. No certificate is judged: RKE2 has its own authorities.
command -v curl >/dev/null 2>&1 || exit 0
for url in ${rw_urls:-}; do
  (
    [ -n "${rw_proxy:-}" ] && set -- --proxy "$rw_proxy" --noproxy "${rw_no_proxy:-}"
    status=$(timeout -k 2 10 curl -q -sk -o /dev/null -I --connect-timeout 6 --max-time 9 -w '%{http_code}' "$@" -- "$url" </dev/null 2>/dev/null)
    echo "x.reach=${status:-000} $? $url"
  ) &
done
wait
true

#!/bin/sh
# Part of the probe: security modules, packet filters. Changes nothing.
echo "x.apparmor=$(first_line /sys/module/apparmor/parameters/enabled)"
command -v rpm >/dev/null 2>&1 && for package in rke2-selinux container-selinux; do
  bounded rpm -q "$package" >/dev/null && echo "x.package=$package"
done
[ -e /etc/fapolicyd/rules.d/80-rke2.rules ] && echo "x.fapolicyd=rke2"
echo "x.iptables=$(bounded iptables --version)"
echo "x.iptables.legacy=$(tr '\n' ' ' </proc/net/ip_tables_names 2>/dev/null)"
command -v nft >/dev/null 2>&1 && bounded nft list ruleset | awk '
  $1 == "table" {table = $2 " " $3}
  $1 == "chain" {chain = $2; hook = ""}
  /hook (input|ingress|prerouting|forward) / {
    for (i = 1; i < NF; i++) if ($i == "hook") hook = $(i + 1)
    if (/policy drop/) print "x.nft.policy=" hook " " table " " chain }
  hook == "input" && /rancher-wizard/ && !told[table chain]++ {print "x.nft.mended=" hook " " table " " chain}
  hook != "" && !/policy (drop|accept)/ && /(^|[ \t])(drop|reject)( |$)/ {
    gsub(/^[ \t]+/, ""); print "x.nft.drop=" hook " " table " " chain " " $0 }' | head -n 40
bounded nft list chains 2>/dev/null | grep -Eo 'chain (KUBE|CNI|cali|CILIUM|FLANNEL)[-A-Za-z]*' | head -n 5 | sed 's/^chain /x.left.chain=/'
true

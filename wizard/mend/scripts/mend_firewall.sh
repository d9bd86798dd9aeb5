#!/bin/sh
# mend firewall ITEM...: let in each ITEM, a port (6443/tcp, 30000-32767/tcp) or a network (10.42.0.0/16).
mark=rancher-wizard
is_port() { case $1 in */tcp | */udp) return 0 ;; *) return 1 ;; esac; }
of_kind() { # PROTOCOL ITEM...: its ports, with commas
  wanted=$1
  shift
  for item in "$@"; do case $item in */"$wanted") printf '%s\n' "${item%/*}" ;; esac; done | paste -sd , -
}
networks() { # 4 or 6, ITEM...: its networks, with commas
  wanted=$1
  shift
  for item in "$@"; do
    if is_port "$item"; then continue; fi
    case $item in *:*) family=6 ;; *) family=4 ;; esac
    if [ "$family" = "$wanted" ]; then printf '%s\n' "$item"; fi
  done | paste -sd , -
}

# in_firewalld SCOPE VERB ITEM...: one call for all ports and one for all networks, as each takes half a second.
in_firewalld() {
  scope=$1 verb_word=$2
  shift 2
  ports='' sources=''
  for item in "$@"; do
    if is_port "$item"; then ports="$ports --$verb_word-port=$item"; else sources="$sources --$verb_word-source=$item"; fi
  done
  # shellcheck disable=SC2086 # words of our own, none with a blank
  if [ -n "$ports" ]; then run firewall-cmd -q $scope $ports; fi
  # shellcheck disable=SC2086
  if [ -n "$sources" ]; then run firewall-cmd -q $scope --zone=trusted $sources; fi
}
firewalld() {
  zone=$(firewall-cmd --get-default-zone)
  for file in "$zone" trusted; do
    keep "/etc/firewalld/zones/$file.xml"
    keep "/etc/firewalld/zones/$file.xml.old"
  done
  for scope in --permanent ''; do
    # shellcheck disable=SC2086
    open=" $({ firewall-cmd $scope --list-ports; firewall-cmd $scope --zone=trusted --list-sources; } | tr '\n' ' ') "
    missing=
    for item in "$@"; do
      case $open in
        *" $item "*) ;;
        *)
          note "opened$scope" "$item"
          missing="$missing $item"
          ;;
      esac
    done
    # shellcheck disable=SC2086
    in_firewalld "$scope" add $missing
  done
}
firewalld_undo() {
  for scope in --permanent ''; do
    # shellcheck disable=SC2046
    in_firewalld "$scope" remove $(noted "opened$scope")
  done
}

ufw_words() { if is_port "$1"; then echo "allow $(echo "$1" | tr - :)"; else echo "allow from $1"; fi; }
ufw_has() { ufw show added | grep -qF -- "ufw $(ufw_words "$1")"; }
ufw_add() {
  for item in "$@"; do
    if ! ufw_has "$item"; then
      note ufw "$item"
      # shellcheck disable=SC2046
      run ufw $(ufw_words "$item") comment "$mark"
    fi
  done
}
ufw_undo() {
  for item in $(noted ufw); do
    # shellcheck disable=SC2046
    run ufw delete $(ufw_words "$item")
  done
}

# Chains at the input hook that turn packets away, each as FAMILY TABLE CHAIN.
filtering_chains() {
  nft list chains 2>/dev/null | awk '$1 == "table" { family = $2; table = $3 } $1 == "chain" { chain = $2 } /hook input/ { print family, table, chain }' |
    while read -r family table chain; do
      if nft list chain "$family" "$table" "$chain" | grep -qE 'policy drop|[[:space:]](drop|reject)'; then echo "$family $table $chain"; fi
    done
}
# The rules of one chain as nft takes them, a line each.
rules() { # FAMILY ITEM...
  family=$1
  shift
  for protocol in tcp udp; do
    ports=$(of_kind "$protocol" "$@")
    if [ -n "$ports" ]; then echo "$protocol dport { $(echo "$ports" | sed 's/,/, /g') } accept comment \"$mark\""; fi
  done
  v4=$(networks 4 "$@") v6=$(networks 6 "$@")
  if [ -n "$v4" ] && [ "$family" != ip6 ]; then echo "ip saddr { $(echo "$v4" | sed 's/,/, /g') } accept comment \"$mark\""; fi
  if [ -n "$v6" ] && [ "$family" != ip ]; then echo "ip6 saddr { $(echo "$v6" | sed 's/,/, /g') } accept comment \"$mark\""; fi
}
is_iptables() { case "$1 $2 $3" in "ip filter INPUT" | "ip6 filter INPUT") return 0 ;; *) return 1 ;; esac; }
tool_of() { if [ "$1" = ip6 ]; then echo ip6tables; else echo iptables; fi; }
# Rules in a table that iptables keeps are its own to write: nft's would make it unreadable for kube-proxy.
iptables_rules() { # FAMILY ITEM...
  tool=$(tool_of "$1") family=$1
  shift
  for protocol in tcp udp; do
    # multiport takes 15 ports: one rule each is plain and enough.
    for port in $(of_kind "$protocol" "$@" | tr , ' '); do
      echo "$tool INPUT -p $protocol --dport $(echo "$port" | tr - :) -m comment --comment $mark -j ACCEPT"
    done
  done
  if [ "$family" = ip6 ]; then sources=$(networks 6 "$@"); else sources=$(networks 4 "$@"); fi
  for source in $(echo "$sources" | tr , ' '); do echo "$tool INPUT -s $source -m comment --comment $mark -j ACCEPT"; done
}
iptables_add() {
  iptables_rules "$@" | while read -r tool rule; do
    # shellcheck disable=SC2086
    if ! "$tool" -C $rule 2>/dev/null; then
      note iptables "$tool $rule"
      run "$tool" -I $rule
    fi
  done
}
nft_conf() {
  for path in /etc/sysconfig/nftables.conf /etc/nftables.conf; do
    if systemctl is-enabled -q nftables 2>/dev/null && [ -f "$path" ]; then
      echo "$path"
      return 0
    fi
  done
}
# ours FAMILY TABLE CHAIN: the handles of our rules.
ours() { nft -a list chain "$1" "$2" "$3" 2>/dev/null | sed -n "s/.*comment \"$mark\" # handle \([0-9]*\)\$/\1/p"; }
drop_ours() { ours "$@" | while read -r handle; do run nft delete rule "$1" "$2" "$3" handle "$handle"; done; }
nft_add() {
  lines=
  while read -r family table chain; do
    [ -n "$chain" ] || continue
    if is_iptables "$family" "$table" "$chain"; then
      iptables_add "$family" "$@"
      continue
    fi
    own=$(rules "$family" "$@" | sed "s/^/insert rule $family $table $chain /")
    if [ "$(ours "$family" "$table" "$chain" | grep -c .)" != "$(printf '%s\n' "$own" | grep -c .)" ]; then
      note chains "$family $table $chain"
      drop_ours "$family" "$table" "$chain"
      printf '%s\n' "$own" | while read -r rule; do run nft "$rule"; done
    fi
    lines="$lines$own
"
  done <<CHAINS
$(filtering_chains)
CHAINS
  conf=$(nft_conf)
  if [ -n "$lines" ] && [ -n "$conf" ]; then
    {
      sed "/^# $mark: begin/,/^# $mark: end/d" "$conf"
      echo "# $mark: begin"
      printf '%s' "$lines"
      echo "# $mark: end"
    } | put "$conf"
  fi
}
nft_undo() {
  noted chains | while read -r family table chain; do drop_ours "$family" "$table" "$chain"; done
  noted iptables | while read -r tool rule; do
    # shellcheck disable=SC2086
    run "$tool" -D $rule
  done
}

if undoing; then
  firewalld_undo
  ufw_undo
  nft_undo
  # firewalld's zone files among them: it wrote these itself, and without our ports they say what its defaults say.
  restore
  forget
  exit 0
fi
if systemctl is-active -q firewalld; then
  firewalld "$@"
elif command -v ufw >/dev/null 2>&1 && ufw status | grep -q '^Status: active'; then
  ufw_add "$@"
elif command -v nft >/dev/null 2>&1; then
  nft_add "$@"
fi

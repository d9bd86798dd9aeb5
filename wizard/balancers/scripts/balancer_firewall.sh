#!/bin/sh
# balancer-firewall apply ITEM...: let in each ITEM, a port (443/tcp) or vrrp@ADDRESS, VRRP (IP protocol 112) from there, in
# a firewalld or ufw that runs. undo closes what apply has opened, and nothing else; prints gone.
# option VERB ITEM: what firewall-cmd is given to add, remove or query it.
option() {
  case $2 in
    vrrp@*:*) family=ipv6 ;;
    vrrp@*) family=ipv4 ;;
    *)
      echo "--$1-port=$2"
      return 0
      ;;
  esac
  echo "--$1-rich-rule=rule family=\"$family\" source address=\"${2#vrrp@}\" protocol value=\"vrrp\" accept"
}
# ufw knows few protocols by name, and VRRP is none of them everywhere.
ufw_words() { case $1 in vrrp@*) echo "allow from ${1#vrrp@}" ;; *) echo "allow $1" ;; esac; }

if undoing; then
  for scope in --permanent ''; do
    noted "opened$scope" | while read -r item; do run firewall-cmd -q ${scope:+"$scope"} "$(option remove "$item")" </dev/null || true; done
  done
  noted ufw | while read -r item; do
    # shellcheck disable=SC2046
    run ufw delete $(ufw_words "$item") </dev/null || true
  done
  forget
  echo gone
  exit 0
fi
if systemctl is-active -q firewalld; then
  for scope in --permanent ''; do
    for item in "$@"; do
      if ! firewall-cmd -q ${scope:+"$scope"} "$(option query "$item")"; then
        note "opened$scope" "$item"
        run firewall-cmd -q ${scope:+"$scope"} "$(option add "$item")"
      fi
    done
  done
elif command -v ufw >/dev/null 2>&1 && ufw status | grep -q '^Status: active'; then
  for item in "$@"; do
    words=$(ufw_words "$item")
    if ! ufw show added | grep -qxF -- "ufw $words"; then
      note ufw "$item"
      # shellcheck disable=SC2086
      run ufw $words
    fi
  done
fi

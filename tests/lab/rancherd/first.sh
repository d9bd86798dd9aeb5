#!/bin/sh
# The first RancherD, a stand-in: the stand-in of RKE2 under another name, with a Rancher on port 8443.
here=/usr/local/share/rancherd
case ${1:-} in
  --version) echo "rancherd version @VERSION@ (HEAD)" ;;
  reset-admin) exec /usr/bin/python3 "$here/rancher.py" reset-admin ;;
  server)
    /usr/bin/python3 "$here/rancher.py" serve &
    exec "$here/rke2" "$@"
    ;;
  *) exec "$here/rke2" "$@" ;;
esac

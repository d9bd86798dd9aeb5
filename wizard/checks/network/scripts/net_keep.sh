#!/bin/sh
# net_keep: renew the lease of the listeners; they end by themselves when this does not come in time.
systemctl kill --signal=USR1 --kill-who=main rancher-wizard-network.service >/dev/null 2>&1
exit 0

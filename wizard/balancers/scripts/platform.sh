#!/bin/sh
# platform: print the name of the platform whose networks send packets by their own tables, or by an address a machine: an
# address that is announced by ARP reaches nobody there. Prints nothing for another one.
platform() {
  case $(cat /sys/class/dmi/id/sys_vendor /sys/class/dmi/id/product_name /sys/class/dmi/id/chassis_asset_tag 2>/dev/null) in
    *'Amazon EC2'*) echo AWS ;;
    *'Google Compute Engine'*) echo 'Google Cloud' ;;
    *7783-7084-3265-9085-8269-3286-77*) echo Azure ;;
    *OpenStack*) echo OpenStack ;;
  esac
}

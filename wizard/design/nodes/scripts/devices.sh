#!/bin/sh
# A fragment of the probe: a line for each graphics processor that the PCI bus shows, `x.gpu=VENDOR CLASS`.
for device in /sys/bus/pci/devices/*; do
  class=$(head -n 1 "$device/class" 2>/dev/null) || continue
  # 0x0300 is a VGA controller, 0x0302 a 3D controller (PCI Code and ID Assignment Specification, base class 03h).
  case $class in
    0x0300* | 0x0302*) echo "x.gpu=$(head -n 1 "$device/vendor" 2>/dev/null) $class" ;;
  esac
done | head -n 32

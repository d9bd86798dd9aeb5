#!/bin/sh
# bootstrapped: yes when RancherD has run to its end here, else no.
if [ -f /var/lib/rancher/rancherd/bootstrapped ]; then echo yes; else echo no; fi

"""RKE1 by the vendor's `rke` on the jump host: its run, its log, its state file, and Docker below it."""

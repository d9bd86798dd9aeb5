"""Stand-ins for what the lab can't run: `rke` on the jump host, Docker on the nodes. Both say that they are."""

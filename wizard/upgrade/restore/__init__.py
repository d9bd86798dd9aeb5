"""The way back: etcd made anew out of a snapshot, or of what one server still has, and everyone joined to it again."""

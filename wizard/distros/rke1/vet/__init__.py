"""A cluster.yml judged: what `rke` itself refuses, in its words, and what it takes but should not be left so."""

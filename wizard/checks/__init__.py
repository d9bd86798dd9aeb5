"""Preflight: what must hold before anything is changed, judged from facts that one look at each node gathered."""

"""All benchmarks, one after the other; figures only, nothing is asserted."""

from tests.bench import bundle, checks, design, engine_cost, frames, live, matrix, node_page, startup, trials

for bench in (startup, design, frames, live, matrix, trials, node_page, checks, bundle, engine_cost):
    print(f"\n== {bench.__doc__.splitlines()[0]}", flush=True)
    bench.main()

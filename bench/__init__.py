"""The benchmark: one worker beside its peers, on one broker and the same events; `docs/benchmarks.md` tells of it."""

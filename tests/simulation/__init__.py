"""The engine under fire, without a broker: the real code around a modelled log, network, group and clock.

A seed is a run: what is sent (`plot`), and everything that goes wrong meanwhile (`world`). `python -m tests.simulation
SEED -v` tells it as a story. What is real: the session with all its safeguards, the engine, the partition with its
records and recovery, the merge, the writer of batches, and the projector. What is modelled: the brokers, the clients,
the group, and when Faust calls what.
"""

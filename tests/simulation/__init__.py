"""The engine under fire, without a broker: the real code around a modelled log, network, group and clock.

A seed is a run: what is sent (`plot`), and everything that goes wrong meanwhile (`world`). `python -m tests.simulation
SEED -v` tells it as a story. What is real: the partition with its records and recovery, the merge, the engine with the
order of its flush, the writer of batches, and the projector. What is modelled: the brokers, the clients, the group and
the lane's part in a rebalance.
"""

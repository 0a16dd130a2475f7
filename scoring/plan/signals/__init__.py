"""The kinds of signals, compiled. A new kind is a class in a module of its own, and one line in `compile_signals`."""

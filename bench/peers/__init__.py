"""What runs beside our worker, each module a process of its own that ends with a line `RESULT {a Sample as JSON}`."""

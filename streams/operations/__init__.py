"""What every long-running process needs: metrics, health, logging, signals, a watch on topics."""

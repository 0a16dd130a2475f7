"""What every long-running process needs: metrics, health, logging, signals, and checks of its topics."""

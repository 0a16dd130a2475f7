"""The guard: finds feeds that have stopped and fleets that fall together. A Faust app; what it decides by is pure."""

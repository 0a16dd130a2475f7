"""The gateway under load, event by event: how fast, how late, and whether anything is lost or counted twice."""

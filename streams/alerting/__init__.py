"""What people do with alerts and ask about them: commands on cases, why, preview and report."""

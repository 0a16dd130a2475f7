"""The sources of a gateway: the file that `VITALS_GATEWAY` names."""

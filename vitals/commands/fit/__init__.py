"""How well events fit a model: the notes about it, and the model file that is drafted from it."""

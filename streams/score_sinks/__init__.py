"""Writes scores back to other products: tier, score and first driver, as properties of the account there."""

"""`vitals alerts`: the rules, and the decisions that they made."""

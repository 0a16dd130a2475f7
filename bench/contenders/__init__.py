"""The rows of the table: what is measured, what each promises, and how it is run."""

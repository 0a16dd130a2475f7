"""A report as one page of HTML: plots as inline SVG, no script and no network."""

"""Words and numbers as every page writes them: scores, money, spans, instants. Pure: values in, text out."""

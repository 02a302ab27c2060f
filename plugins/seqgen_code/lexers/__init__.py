"""Total lexers: every text is gaps and lexemes, whatever it holds."""

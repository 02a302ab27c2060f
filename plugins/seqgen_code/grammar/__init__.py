"""Grammars as tables of LALR(1) machines, and the machine that runs them over terminals."""

"""Source code to symbols and back: what is foretold, what is learnt, the definition and its fast twins."""

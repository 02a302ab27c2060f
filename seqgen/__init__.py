"""seqgen: one recurrent engine that learns sequences and invents new ones; plugins say of what."""

__version__ = "0.1.0"

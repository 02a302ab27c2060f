"""seqgen: one recurrent engine that learns sequences and invents new ones; plugins say of what."""

"""What is kept of a model: a complete file that loading neither executes nor trusts."""

from seqgen.checkpoint.checkpoint import MODEL_FILE, Checkpoint
from seqgen.checkpoint.sealed import FORMAT, load, save

__all__ = ["FORMAT", "MODEL_FILE", "Checkpoint", "load", "save"]

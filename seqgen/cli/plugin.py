"""The commands `seqgen plugin`: new."""

from seqgen.cli.apps import new_app

app = new_app("Write a plugin of your own.")

"""The commands `seqgen plugin`: new, check."""

from seqgen.cli.apps import new_app
from seqgen.cli.checking import check

app = new_app("Write a plugin of your own.")
app.command("check")(check)

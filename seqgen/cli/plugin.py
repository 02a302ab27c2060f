"""The commands `seqgen plugin`: new, check."""

from pathlib import Path
from typing import Annotated

import typer

from seqgen import scaffold
from seqgen.cli.apps import new_app
from seqgen.cli.arguments import say
from seqgen.cli.checking import check
from seqgen.plugins import Plugins, find

app = new_app("Write a plugin of your own: new, check.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="What it is called: small letters, digits, underscores")]
Domain = Annotated[scaffold.Domain, typer.Option(help="What it is for: a domain that there is, or a new one")]
With = Annotated[
    str,
    typer.Option(
        "--with",
        metavar="PARTS",
        help=f"Its parts, separated by commas: {', '.join(scaffold.CHOICES)}; by default a tokenizer",
    ),
]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="The folder to write to; by default seqgen-NAME, here")]
Force = Annotated[
    bool, typer.Option("--force", help="Write into a folder that is not empty, and over files that are there")
]


@app.command()
def new(
    context: typer.Context,
    name: Name,
    *,
    domain: Domain = "new",
    with_: With = "",
    out: Out = None,
    force: Force = False,
) -> None:
    """Write a new plugin, to install, test, and go on from.

    It is a small package.

    The commands that come next are printed. No licence is chosen.

    Example:

      seqgen plugin new syllables --domain chars --with tokenizer,metric
    """
    from seqgen.cli.root import OWN

    plugins = context.find_object(Plugins) or find()
    parts = with_.split(",") if with_ else []
    folder = out or Path(scaffold.project(name))
    own = {name} if name not in OWN and scaffold.brought(folder) == name else set()
    plan = scaffold.Plan.of(name, domain, parts=parts, taken={*plugins.names(), *OWN} - own)
    for path in scaffold.write(scaffold.files(plan), folder, force=force):
        say(f"Wrote {path}.")
    for path in scaffold.left_over(plan, folder):
        say(f"{path} is from before, and nothing uses it now.")
    typer.echo("\n".join(scaffold.steps(plan, folder)))


app.command("check")(check)

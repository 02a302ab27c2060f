"""How every Typer app of seqgen is made, so that all of them behave alike."""

import typer


def new_app(help: str) -> typer.Typer:
    """An app without commands yet: plain help on -h and --help, and help when no command is given."""
    return typer.Typer(
        help=help,
        rich_markup_mode=None,  # rich would double the time of --help
        no_args_is_help=True,
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

"""Run a command, and end as all commands do; the options that several have.

Exit 0 when done, 2 with one line for a mistake of the user's, 130 when it is stopped. A bug of ours ends with its
traceback and 1.
"""

import sys
from typing import TYPE_CHECKING, NoReturn

import click

from ..common.checks import InputError, one_line, plain_urls
from ..layouts import LAYOUTS
from ..running.signals import EXIT_CODE, STOPPED, State

if TYPE_CHECKING:
    from ..sources.source import Source

OUT = click.option("--out", default="data", show_default=True, help="Folder of the configs, or URL of one.")
LAYOUT = click.option(
    "--layout",
    "layouts",
    multiple=True,
    type=click.Choice(LAYOUTS),
    help="How frames are stored; repeatable.  [default: what is published]",
)


def run(command: click.Command) -> None:
    """Run a click command, and exit as all commands do."""
    try:
        for argument in sys.argv[1:]:
            if argument.encode(errors="ignore").decode() != argument:  # it could be neither printed nor written down
                raise InputError(f"arguments must be UTF-8, not {argument!r}")
        command.main(standalone_mode=False)
    except (KeyboardInterrupt, click.Abort):
        end_stopped()
    except Exception as error:
        if State.came:  # pyarrow, for example, may turn KeyboardInterrupt into an error of its own
            end_stopped()
        if isinstance(error, click.ClickException):
            fail(error.format_message())
        if isinstance(error, (InputError, OSError)):
            fail(str(error) or type(error).__name__)
        raise


def opened(name: str, split: str | None, *, in_colour: bool = False) -> "Source":
    """The Source of a name, as `open_source` gives it; says so if nothing is known of how its rows were made."""
    from ..sources.opening import open_source

    source = open_source(name, split, in_colour=in_colour)
    if not source.verified:
        print(f"unverified: {source.name} {source.split} records no recipe", file=sys.stderr)
    return source


def end_stopped() -> NoReturn:
    """Exit as after Ctrl-C."""
    State.said = True
    print(STOPPED, file=sys.stderr)
    sys.exit(EXIT_CODE)


def fail(message: str) -> NoReturn:
    """Exit with 2 and one line on stderr, without the token and without what URLs hide."""
    if "huggingface_hub" in sys.modules:  # else no library has seen the token
        from ..stores.network import without_secrets

        message = without_secrets(message)
    print("error:", plain_urls(one_line(message)), file=sys.stderr)
    sys.exit(2)

"""How every command ends: 0 when done, 2 with one line for a mistake of the user's, 130 when it is stopped.

A bug of ours ends with its traceback and 1.
"""

import sys

import click

from .checks import InputError


def run(command):
    """Run a click command as a program."""
    try:
        command.main(standalone_mode=False)
    except (KeyboardInterrupt, click.Abort):
        print("stopped; the same command continues from here", file=sys.stderr)
        sys.exit(130)
    except click.ClickException as error:
        fail(error.format_message())
    except (InputError, OSError) as error:
        fail(str(error) or type(error).__name__)


def fail(message):
    """Exit with 2 and one line on stderr."""
    print("error:", " ".join(message.split()), file=sys.stderr)
    sys.exit(2)

"""How every command ends: 0 when done, 2 with one line for a user's mistake, 130 when it is stopped."""

import sys

import click


def run(command):
    """Run a click command as a program."""
    try:
        command.main(standalone_mode=False)
    except (KeyboardInterrupt, click.Abort):
        print("stopped; the same command again goes on from here", file=sys.stderr)
        sys.exit(130)
    except click.ClickException as error:
        fail(error.format_message())
    except (ValueError, OSError) as error:
        fail(str(error))


def fail(message):
    """End with exit code 2 and one line on stderr."""
    print("error:", " ".join(message.split()), file=sys.stderr)
    sys.exit(2)

"""The command `moving-mnist`: all verbs."""

import importlib

import click

from ..common.names import VERSION

VERBS = {  # name: module, and the command in it
    "generate": "generate",
    "export-test": "export_test",
    "rebuild-test": "rebuild_test",
    "export": "export",
    "push": "push_to_hub",
    "update-card": "update_card",
    "preview": "preview",
    "evaluate": "evaluate",
    "baselines": "baselines",
    "demo": "demo",
}


class Verbs(click.Group):
    """Imports the module of a verb when it is asked for."""

    def list_commands(self, ctx):
        return list(VERBS)

    def get_command(self, ctx, cmd_name):
        if cmd_name in VERBS:
            module = importlib.import_module(f".{VERBS[cmd_name]}", __package__)
            return getattr(module, VERBS[cmd_name])


@click.command(cls=Verbs, invoke_without_command=True)
@click.version_option(VERSION, prog_name="moving-mnist")
@click.pass_context
def program(ctx):
    """Moving MNIST: make it, publish it, look at it, take it elsewhere, and score predictions of it."""
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())

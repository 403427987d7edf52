"""Publish the configs in data/, with card and code: one commit on the Hub, or the same files in a folder."""

import click

from ..common.checks import InputError

DRY_RUN = "Write the files there.  [default: publish them]"


@click.command()
@click.argument("repo_id")
@click.option("--data", default="data", show_default=True, help="Folder of the configs, or URL of one.")
@click.option("--revision", default="main", show_default=True, metavar="BRANCH", help="Branch; made if there is none.")
@click.option("--private", is_flag=True, help="Make a new repo private.")
@click.option("--without-test", is_flag=True, help="Publish even if configs without annotations have no test split.")
@click.option(
    "--allow-other-test", is_flag=True, help="Publish even if their test split is not the authors', for trials."
)
@click.option("--dry-run", metavar="FOLDER", type=click.Path(file_okay=False), help=DRY_RUN)
def push_to_hub(without_test, allow_other_test, **options):
    """Publish data/ to the dataset repo REPO_ID, namespace/name."""
    from ..publishing import contents, facts, repo
    from ..stores.network import Offline

    if without_test and allow_other_test:
        raise click.UsageError("--without-test and --allow-other-test exclude each other")
    hints: dict[type[Exception], str] = {
        facts.NoConfigs: "generate makes configs",
        facts.NotOurs: "generate --overwrite makes it again",
        contents.NoTestSplit: "export-test makes it, --without-test publishes without it",
        contents.OtherTestSplit: "export-test makes it, --allow-other-test publishes this one, for trials",
        repo.RepoIsPublic: "or leave out --private",
        Offline: "--dry-run FOLDER needs no Hub",
    }
    try:
        push({"without_test": without_test, "allow_other_test": allow_other_test}, **options)
    except tuple(hints) as error:
        raise InputError(f"{error}; {hints[type(error)]}") from error


def push(accepted, repo_id, data, revision, private, dry_run):
    """Publish, or put the files into the folder `dry_run`. accepted: keywords of `check_test`."""
    from ..publishing.contents import ROOT, check_test, is_checkout
    from ..publishing.facts import some_configs
    from ..publishing.hub import publish
    from ..publishing.repo import check_names
    from ..publishing.staging import stage

    check_names(repo_id, revision)
    if not is_checkout(ROOT):
        raise InputError(f"push publishes the card and the code of a checkout, and {ROOT} is none: run it in one")
    configs = some_configs(data)
    check_test(configs, **accepted)
    if dry_run:
        count = stage(configs, repo_id, dry_run)
        print(f'{count} files; try datasets.load_dataset("{dry_run}", "{configs[0].name}")')
        return
    for line in publish(repo_id, configs, branch=revision, private=private):
        print(line)

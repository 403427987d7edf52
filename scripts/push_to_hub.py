"""Publish the configs in data/, with card and code: one commit on the Hub, or the same files in a folder."""

import click

from moving_mnist_generator.commands import run
from moving_mnist_generator.publishing.contents import check_test, stage
from moving_mnist_generator.publishing.facts import some_configs
from moving_mnist_generator.publishing.hub import check_names, publish


@click.command()
@click.argument("repo_id")
@click.option("--data", default="data", show_default=True, help="Folder of the configs, or URL of one.")
@click.option("--revision", default="main", show_default=True, metavar="BRANCH", help="Made if there is none.")
@click.option("--private", is_flag=True, help="For a repo that is made now.")
@click.option("--without-test", is_flag=True, help="Though default and arrays lack the authors' test split.")
@click.option("--allow-other-test", is_flag=True, help="Though their test split is of another file: for trials.")
@click.option("--dry-run", metavar="FOLDER", type=click.Path(file_okay=False), help="Write the files there instead.")
def push_to_hub(repo_id, data, revision, private, without_test, allow_other_test, dry_run):
    """Publish data/ to the dataset repo REPO_ID, namespace/name."""
    if without_test and allow_other_test:
        raise click.UsageError("--without-test and --allow-other-test exclude each other")
    check_names(repo_id, revision)
    configs = some_configs(data)
    check_test(configs, without_test=without_test, allow_other_test=allow_other_test)
    if dry_run:
        count = stage(configs, repo_id, dry_run)
        print(f'{count} files; try datasets.load_dataset("{dry_run}", "{configs[0].name}")')
        return
    for line in publish(repo_id, configs, branch=revision, private=private):
        print(line)


if __name__ == "__main__":
    run(push_to_hub)

"""Facts of data/ -> the YAML of README.md, and dataset_infos.json, both in the folder where one is."""

from pathlib import Path

import click

from moving_mnist_generator.commands import run
from moving_mnist_generator.publishing.card import check, render_card, render_infos
from moving_mnist_generator.publishing.facts import read_configs, some_configs

README, INFOS = Path("README.md"), Path("dataset_infos.json")


@click.command()
@click.option("--data", default="data", show_default=True, help="Folder of the configs, or URL of one.")
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit 2 if a file is stale.")
def update_card(data, only_check):
    """Write the YAML of README.md and dataset_infos.json from the Parquet files of data/."""
    configs = read_configs(data) if only_check else some_configs(data)
    readme = read(README)
    if only_check:
        check(readme, read(INFOS), configs)
        print(f"{README} and {INFOS} are up to date")
        return
    card, infos = render_card(readme, configs), render_infos(configs)
    for path, text in ((README, card), (INFOS, infos)):
        path.write_bytes(text.encode())
        print(f"written  {path}")


def read(path):
    """Text with its line ends as they are."""
    return path.read_bytes().decode()


if __name__ == "__main__":
    run(update_card)

"""Write the YAML of README.md, and dataset_infos.json, in the current folder, from the facts of data/."""

from pathlib import Path

import click

from ..common.checks import InputError

README, INFOS = Path("README.md"), Path("dataset_infos.json")


@click.command()
@click.option("--data", default="data", show_default=True, help="Folder of the configs, or URL of one.")
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit 2 if a file is stale.")
def update_card(data: str, only_check: bool) -> None:
    """Write the YAML of README.md and dataset_infos.json from the Parquet files of data/."""
    from ..publishing.animated import animate, beside
    from ..publishing.card import PLACEHOLDER, render_card, render_infos
    from ..publishing.current import Stale, check, check_variants
    from ..publishing.facts import NoConfigs, read_configs, some_configs

    try:
        if only_check:
            configs = read_configs(data)
            check(read(README), read(INFOS), beside(configs, animate(configs, PLACEHOLDER)))
            if not configs:
                check_variants(read(INFOS))
            print(f"{README} and {INFOS} are up to date")
            return
        configs = some_configs(data)
        configs = beside(configs, animate(configs, PLACEHOLDER))
    except NoConfigs as error:
        raise InputError(f"{error}; generate makes configs") from None
    except Stale as error:
        raise InputError(f"{error}; update-card writes it again") from None
    write({README: render_card(read(README), configs), INFOS: render_infos(configs)})


def read(path: Path) -> str:
    """Text with its line ends as they are."""
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{path} must be UTF-8: {error}") from None


def write(texts: dict[Path, str]) -> None:
    """Write all files, or none: {path: text}."""
    from contextlib import ExitStack

    from ..running.partial import renamed_when_whole

    with ExitStack() as stack:
        for path, text in texts.items():
            stack.enter_context(renamed_when_whole(path)).write_bytes(text.encode())
    for path in texts:
        print(f"written  {path}")

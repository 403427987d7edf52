"""What `make torture` kills: the commands that write data, with small data, each in a folder of its own."""

import compileall
import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from standin_hub import GITATTRIBUTES, StandinHub, git_sha1

from moving_mnist_generator.exports import EXPORTS
from moving_mnist_generator.layouts import LAYOUTS

HOME = Path(__file__).parents[2]
REPO, STAGING = "user/moving_mnist", "user/staging"
STORE = f"hf://datasets/{STAGING}/data"
EVERY_LAYOUT = [f"--layout={name}" for name in LAYOUTS]
SMALL = ["two_digits", "--train=100", "--validation=10", "--test=0", *EVERY_LAYOUT]


@dataclass(frozen=True)
class Case:
    """One way to call a command.

    name:      row of the table
    share:     kills of 1,000
    script:    file in scripts/
    arguments: with {inputs} where the folder of inputs belongs
    hub:       states of the stand-in Hub to begin with, of `Inputs.hubs`; none if it needs no Hub
    is_warm:   whether the run to the end, after the kill, may begin in a process that has the imports behind it
    begins:    files of the inputs that are in the folder before
    soon:      seconds until every process is gone
    with_servers: whether a signal to its group ends servers, too, without which it fails in their words
    """

    name: str
    share: int
    script: str
    arguments: tuple
    hub: tuple = ()
    is_warm: bool = True
    begins: tuple = ()
    soon: int = 10
    with_servers: bool = False


PREVIEW = ("{inputs}/data/two_digits", "--rows=0:40")
PUSH = (REPO, "--allow-other-test", "--data")
CASES = [
    Case("generate", 226, "generate", tuple(SMALL)),
    Case("generate --workers 2", 60, "generate", (*SMALL, "--workers=2"), is_warm=False),
    Case("generate --engine ray", 20, "generate", (*SMALL, "--engine=ray"), is_warm=False, soon=40, with_servers=True),
    Case("generate into a store", 34, "generate", (*SMALL, "--out", STORE), ("staging",), is_warm=False),
    Case("export-test", 120, "export_test", ("--source", "{inputs}/seq.npy", "--no-verify")),
    *(
        Case(f"export --format {name}", 56, "export", ("{inputs}/seq.npy", f"--format={name}", "--out=out"))
        for name in EXPORTS
    ),
    *(
        Case(f"preview --out rows.{ending}", 30, "preview", (*PREVIEW, f"--out=rows.{ending}"))
        for ending in ("gif", "html")
    ),
    Case("update-card", 44, "update_card", ("--data", "{inputs}/data"), begins=("README.md",)),
    Case("push", 30, "push_to_hub", (*PUSH, "{inputs}/data"), ("empty", "old"), is_warm=False),
    Case("push from a store", 14, "push_to_hub", (*PUSH, STORE), ("old",), is_warm=False),
]


class Inputs:
    """Data, a small checkout, and states of a stand-in Hub, made once.

    hubs: {"empty": no repo, "staging": a repo that takes files, "old": REPO as an earlier publish left it, and a store
    with the data}, each the folder of a StandinHub
    """

    def __init__(self, folder):
        self.folder, self.checkout = folder, folder / "checkout"
        self.hubs = {name: folder / "hubs" / name for name in ("empty", "staging", "old")}
        shutil.copytree(HOME / "scripts", self.checkout / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
        compileall.compile_dir(self.checkout, quiet=1)  # once, and not in each run that is killed
        (self.checkout / "data").mkdir()
        for name in ("moving_mnist.py", "README.md", "LICENSE", "data/mnist.npz"):
            shutil.copy(HOME / name, self.checkout / name)
        shutil.copy(HOME / "README.md", folder)
        np.save(folder / "seq.npy", np.random.default_rng(0).integers(0, 2, (20, 60, 64, 64), np.uint8) * 255)
        for seed, data in enumerate(("data", "old")):
            sizes = ("--train=40", "--validation=6", "--test=6", f"--seed={seed}", *EVERY_LAYOUT)
            self.run(folder, "generate", "two_digits", *sizes, "--out", folder / data)
        with StandinHub(self.hubs["empty"]):
            pass
        with StandinHub(self.hubs["staging"]) as hub:
            make_staging(hub)
        with StandinHub(self.hubs["old"]) as hub:
            make_staging(hub, folder / "data")
            self.run(folder, "push_to_hub", *PUSH, folder / "old", hub=hub)

    def run(self, cwd, script, *arguments, hub=None):
        """Run a command to its end."""
        (cwd / "home").mkdir(exist_ok=True)
        subprocess.run(self.line(script, arguments), cwd=cwd, env=self.environment(cwd / "home", hub), check=True)

    def line(self, script, arguments):
        """The words of a command."""
        arguments = [str(each).replace("{inputs}", str(self.folder)) for each in arguments]
        return [sys.executable, str(self.checkout / "scripts" / f"{script}.py"), *arguments]

    def environment(self, home, hub=None, **more):
        """Variables of a process with a HOME of its own, that reaches no other Hub than the stand-in."""
        own = {"HOME": home, "HF_HOME": home, "HF_TOKEN": "hf_user_writes", "HF_HUB_DISABLE_XET": "1"}
        own |= {"HF_HUB_DISABLE_TELEMETRY": "1", "PYTHONPATH": self.checkout}
        own |= {"HF_ENDPOINT": hub.url if hub else "http://127.0.0.1:1", "HF_HUB_OFFLINE": "0" if hub else "1", **more}
        kept = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
        return {**kept, **{name: str(value) for name, value in own.items()}}


def make_staging(hub, data=None):
    """A repo that serves as a store, with the files of a folder in it."""
    repo, tree = {"private": False, "gated": False, "refs": {}, "commits": {}}, {}
    hub.put(GITATTRIBUTES, git_sha1(GITATTRIBUTES))
    tree[".gitattributes"] = {"oid": git_sha1(GITATTRIBUTES), "size": len(GITATTRIBUTES), "sha256": None}
    for path in sorted(data.rglob("*.parquet")) if data else ():
        content = path.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        hub.put(content, sha256)
        name = f"data/{path.relative_to(data)}"
        tree[name] = {"oid": git_sha1(content), "size": len(content), "sha256": sha256}
    hub.commit(repo, "refs/heads/main", tree, "staging")
    hub.save(STAGING, repo)

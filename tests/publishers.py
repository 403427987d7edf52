"""Publishing to a stand-in Hub: made-up data, a publisher with short waits, and digests of what is read."""

import contextlib
import hashlib
import io
import ssl
import time

import numpy as np
from PIL import Image
from standin_hub import git_sha1

from moving_mnist_generator.common.checks import InputError
from moving_mnist_generator.files.parquet import write_parquet
from moving_mnist_generator.layouts import LAYOUTS
from moving_mnist_generator.publishing import contents
from moving_mnist_generator.publishing import hub as publishing
from moving_mnist_generator.stores import network

REPO = "user/moving_mnist"
TAG = "refs/tags/v1.0.0"


def frames(n, seed):
    """(n, t, h, w) uint8 noise, faint enough to compress."""
    return np.random.default_rng(seed).integers(0, 2, (n, 20, 64, 64), dtype=np.uint8)


def write(path, layout, pictures, **recipe):
    """One Parquet file as ours are."""
    features = {"image_sequence": LAYOUTS[layout].feature(20, (64, 64))}
    for _ in write_parquet(path, layout, features, [(pictures, {})], {"layout": layout, **recipe}):
        pass


def write_split(folder, split, count, seed, layout="frames"):
    """A split of `count` files with two sequences each."""
    for number in range(count):
        write(folder / f"{split}-{number:05d}-of-{count:05d}.parquet", layout, frames(2, seed + number))


def digest(rows):
    """[number of rows, sha256 of their frames], of any layout."""
    pictures = [pixels(row["image_sequence"]) for row in rows]
    return [len(pictures), hashlib.sha256(np.stack(pictures)).hexdigest()]


def pixels(image_sequence):
    """uint8 array, whose values in C order are the frames in C order."""
    frames = [image_sequence] if isinstance(image_sequence, Image.Image) else image_sequence
    return np.asarray([np.asarray(frame) for frame in frames], np.uint8)


def rows_of(path, config, revision=None):
    import datasets

    return {split: len(rows) for split, rows in datasets.load_dataset(path, config, revision=revision).items()}


class Publisher:
    """`publish` against a stand-in, in this process, with small digits, short waits and no reading back."""

    def __init__(self, hub, patch):
        self.hub, self.patch, self.read_back = hub, patch, publishing.read_back
        sleep, digits = time.sleep, hub.root / "mnist.npz"
        digits.write_bytes(b"\0digits")
        patch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.001)))  # huggingface_hub has its own waits
        patch.setattr(network, "TIMEOUT", 10)
        context = ssl.create_default_context()  # takes 40 ms, for each new session
        patch.setattr(ssl, "create_default_context", lambda *args, **kwargs: context)
        patch.setattr(contents, "embedded_npz", lambda: digits)
        patch.setattr(contents, "GLOBS", ("LICENSE",))  # each picture would be two more requests to fail
        patch.setattr(contents, "PACKAGES", ())
        patch.setattr(contents, "installable", lambda *args: {})
        patch.setattr(contents, "animate", lambda *args: None)
        patch.setattr(contents, "render_croissant", lambda *args: "{}\n")
        self.read_nothing_back()

    def read_nothing_back(self):
        self.patch.setattr(publishing, "read_back", lambda *args: None)

    def read_all_back(self):
        self.patch.setattr(publishing, "read_back", self.read_back)

    def publish(self, configs):
        """(whether it ended well, its lines or its error in one line)."""
        with contextlib.redirect_stderr(io.StringIO()):
            try:
                return True, list(publishing.publish(REPO, configs))
            except (InputError, OSError) as error:
                return False, str(error)

    def main(self):
        """{path: hash} of main; None if there is no repo."""
        return self.hub.tree(REPO) if self.hub.load(REPO) else None

    def commit_as_someone(self, title, **files):
        """Somebody else's commit on main. files: {path: content}, with __ for a dot."""
        repo = self.hub.load(REPO)
        tree = dict(repo["commits"][repo["refs"]["refs/heads/main"]]["tree"])
        for name, content in files.items():
            path, oid = name.replace("__", "."), git_sha1(content)
            self.hub.put(content, oid)
            tree[path] = {"oid": oid, "size": len(content), "sha256": None}
        self.hub.commit(repo, "refs/heads/main", tree, title)
        self.hub.save(REPO, repo)

    def head(self):
        """The commit of main."""
        return self.hub.load(REPO)["refs"]["refs/heads/main"]

    def titles(self):
        """The titles of main's commits, the first one first."""
        repo, titles = self.hub.load(REPO), []
        oid = repo["refs"]["refs/heads/main"]
        while oid:
            titles.append(repo["commits"][oid]["title"])
            oid = repo["commits"][oid]["parent"]
        return titles[::-1]

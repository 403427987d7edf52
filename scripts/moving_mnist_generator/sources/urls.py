"""Sources by URL that are downloaded whole before they are read. Parquet in a store is read where it is."""

import re


def is_downloaded(name):
    """Whether a source is the URL of a file that is downloaded whole: over http, and npy files."""
    return re.match(r"https?://|hf://[^#?]*\.npy", str(name)) is not None


def downloaded(url):
    """The local Path of the file of a URL; the hash of the authors' file is known."""
    import moving_mnist

    from ..stores.download import local_file

    return local_file(url, moving_mnist.SHA256 if url == moving_mnist.URL else None)

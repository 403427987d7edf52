"""What this code never does: unpickle, evaluate text, start a shell, run code of a dataset, load YAML with tags."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted([*ROOT.glob("*.py"), *ROOT.glob("scripts/**/*.py")])
CALLS = {  # name of a function, or its last part: keywords without which it is refused; None, always
    "eval": None,
    "exec": None,
    "compile": None,
    "__import__": None,
    "os.system": None,
    "os.popen": None,
    "getoutput": None,
    "pickle.load": None,
    "pickle.loads": None,
    "marshal.loads": None,
    "yaml.load": None,
    "unsafe_load": None,
    "full_load": None,
    "yaml.load_all": None,
    "np.load": {"allow_pickle": False},
    "read_array": {"allow_pickle": False},
}
KEYWORDS = {"trust_remote_code": True, "shell": True, "allow_pickle": True, "verify": False}  # refused in any call
MODULES = {"pickle", "marshal", "shelve", "dill", "joblib", "cloudpickle"}
ALLOWED = {"re.compile", "yaml.load(text, SafeLoader)"}  # is no `compile`; builds nothing but plain values


def offences(source):
    """What a source text does that it must not: [(line, what)]."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import) and {alias.name.partition(".")[0] for alias in node.names} & MODULES:
            yield node.lineno, "import"
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in MODULES:
            yield node.lineno, "import"
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        given = {each.arg: getattr(each.value, "value", each.value) for each in node.keywords}
        for call, wanted in CALLS.items():
            named = (name == call or name.endswith(f".{call}")) and not {name, ast.unparse(node)} & ALLOWED
            if named and (wanted is None or wanted.items() - given.items()):
                yield node.lineno, name
        for keyword, value in KEYWORDS.items():
            if keyword in given and given[keyword] is not (not value):  # a name may hold anything
                yield node.lineno, keyword


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_file_unpickles_evaluates_or_starts_a_shell(path):
    assert list(offences(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from pickle import loads",
        "import joblib.numpy_pickle",
        "eval(text)",
        "builtins.exec(text)",
        "os.system(command)",
        "np.load(path)",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=wanted)",
        "np.lib.format.read_array(file)",
        "yaml.load(text)",
        "yaml.load(text, Loader=loader)",
        "yaml.load(text, yaml.Loader)",
        "subprocess.run(command, shell=True)",
        "subprocess.run(command, shell=wanted)",
        "datasets.load_dataset(name, trust_remote_code=True)",
        "client.get(url, verify=False)",
    ],
)
def test_each_offence_is_found(source):
    assert list(offences(source))


@pytest.mark.parametrize(
    "source",
    [
        "re.compile(text)",
        "yaml.load(text, SafeLoader)",
        "np.load(path, allow_pickle=False)",
        "yaml.safe_load(text)",
        "subprocess.run([program])",
    ],
)
def test_what_is_allowed_is_not_taken_for_an_offence(source):
    assert not list(offences(source))

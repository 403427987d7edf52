"""How the code is kept: what imports what, what a file may hold, how commands explain themselves and end."""

import ast
import importlib
import inspect
import json
import os
import subprocess
import sys

import click
import pytest
from helpers import SCRIPTS, command_of

import moving_mnist_generator
from moving_mnist_generator.common.checks import InputError

PACKAGE = SCRIPTS / "moving_mnist_generator"
COMMANDS = sorted(path.stem for path in SCRIPTS.glob("*.py"))
HEAVY = ("datasets", "pyarrow", "huggingface_hub", "ray", "upath", "matplotlib", "scipy", "mlcroissant")

# From the bottom up: each may import what stands before it, and its own package.
LAYERS = [
    *("common", "stores", "motions", "looks", "rows", "layouts", "digits", "core", "running", "recovery", "truth"),
    *(
        "floor",
        "streaming",
        "files",
        "sources",
        "evaluation",
        "exports",
        "previews",
        "publishing",
        "verbs",
        "__main__",
    ),
]


def name_of(path):
    """`files.shards` of files/shards.py, `files` of files/__init__.py."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def imports_of(name):
    """The modules of the package that a module imports anywhere, in functions too."""
    path = MODULES[name]
    package = name.split(".") if path.stem == "__init__" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.level or "moving_mnist_generator" in (node.module or "")):
            base = package[: len(package) + 1 - node.level] if node.level else []
            module = (node.module or "").removeprefix("moving_mnist_generator").strip(".")
            module = [*base, *filter(None, module.split("."))]
            for alias in node.names:
                longest = ".".join([*module, alias.name])
                yield longest if longest in MODULES else ".".join(module)


GRAPH = {name: sorted(set(imports_of(name)) - {name}) for name in MODULES if name}


def layer(name):
    """The position of a module in LAYERS, by its own name or that of a package that holds it."""
    while name not in LAYERS:
        name, dot, _ = name.rpartition(".")
        assert dot, f"{name or 'a module'} is missing in LAYERS"
    return LAYERS.index(name)


@pytest.mark.parametrize("name", GRAPH)
def test_a_module_imports_nothing_that_stands_above_it(name):
    above = [other for other in GRAPH[name] if layer(other) > layer(name)]
    assert not above


def test_no_modules_import_each_other_in_a_circle():
    def visit(name, path):
        assert name not in path, " -> ".join([*path[path.index(name) :], name])
        if name not in done:
            for other in GRAPH[name]:
                visit(other, [*path, name])
            done.add(name)

    done = set()
    for name in GRAPH:
        visit(name, [])


def test_no_file_is_longer_than_300_lines_and_no_command_longer_than_80():
    paths = [path for end in ("py", "html", "css", "js") for path in SCRIPTS.rglob(f"*.{end}")]
    lines = {path: len(path.read_text().splitlines()) for path in paths}
    assert {str(path): count for path, count in lines.items() if count > 300} == {}
    assert {path.name: lines[path] for path in SCRIPTS.glob("*.py") if lines[path] > 80} == {}
    assert {path.name: lines[path] for path in PACKAGE.glob("verbs/*.py") if lines[path] > 80} == {}


def test_no_module_has_the_name_of_a_public_function():
    """Importing a module beside `__init__.py` puts it under its name into the package, in place of the function."""
    assert not {name for name in MODULES if "." not in name} & set(moving_mnist_generator.PUBLIC)


def test_no_code_depends_on_the_time_of_day():
    """Clocks jump. What waits takes time.monotonic, and no file is judged by its age."""
    for path in [*MODULES.values(), SCRIPTS.parent / "moving_mnist.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            assert called not in ("time.time", "datetime.now", "datetime.datetime.now", "date.today"), path


def used_elsewhere():
    """(module, name) of all that one module imports from another."""
    for name in GRAPH:
        for node in ast.walk(ast.parse(MODULES[name].read_text())):
            if isinstance(node, ast.ImportFrom) and node.level:
                package = name.split(".") if MODULES[name].stem == "__init__" else name.split(".")[:-1]
                base = [*package[: len(package) + 1 - node.level], *filter(None, (node.module or "").split("."))]
                yield from ((".".join(base), alias.name) for alias in node.names)


def test_a_function_that_another_module_uses_has_types():
    bare, used = [], set(used_elsewhere())
    for name, path in MODULES.items():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and (name, node.name) in used:
                given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                if node.returns is None or not all(each.annotation for each in given):
                    bare.append(f"{name}.{node.name}")
    assert not bare


def test_mistakes_of_the_caller_are_never_a_bare_value_error():
    bare = []
    for path in MODULES.values():
        for node in ast.walk(ast.parse(path.read_text())):
            raised = getattr(node, "exc", None) if isinstance(node, ast.Raise) else None
            raised = raised.func if isinstance(raised, ast.Call) else raised
            if isinstance(raised, ast.Name) and raised.id == "ValueError":
                bare.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    assert not bare


@pytest.mark.parametrize("name", moving_mnist_generator.PUBLIC)
def test_a_public_function_has_an_example(name):
    public = getattr(moving_mnist_generator, name)
    if inspect.isfunction(inspect.unwrap(public)):
        assert ">>> " in public.__doc__


def test_every_public_name_exists_and_is_listed():
    for name in moving_mnist_generator.__all__:
        assert getattr(moving_mnist_generator, name) is not None and name in dir(moving_mnist_generator)
    with pytest.raises(AttributeError, match="has no attribute 'made_up'"):
        moving_mnist_generator.made_up  # noqa: B018


# What a start loads.


def loaded_by(program):
    """What a program, run by a fresh interpreter, prints as JSON."""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return json.loads(ended.stdout.splitlines()[-1])


def test_making_sequences_loads_no_heavy_module():
    loaded = loaded_by(f"""
import json, sys
import moving_mnist_generator
from moving_mnist_generator import generate, Variant, walk, render, truth
generate("two_digits", "train", range(2))
print(json.dumps([name for name in {HEAVY} if name in sys.modules]))
""")
    assert loaded == []


def test_a_worker_watches_its_parent_before_it_loads_anything():
    """Otherwise one whose parent is killed meanwhile would stay until it has loaded everything."""
    loaded = loaded_by(f"""
import json, sys
import moving_mnist_generator.running.workers, moving_mnist_generator.verbs.start
print(json.dumps([name for name in {("numpy", "click", *HEAVY)} if name in sys.modules]))
""")
    assert loaded == []


def test_help_of_no_command_loads_a_heavy_module():
    """All in one interpreter: a module belongs to the first command that loads it."""
    loaded = loaded_by(f"""
import json, runpy, sys
sys.path.insert(0, {str(SCRIPTS)!r})
found, seen = {{}}, set()
for command in {COMMANDS}:
    sys.argv = [command + ".py", "--help"]
    try:
        runpy.run_path({str(SCRIPTS)!r} + "/" + command + ".py", run_name="__main__")
    except SystemExit:
        pass
    new = [name for name in {HEAVY} if name in sys.modules and name not in seen]
    seen.update(new)
    found.update({{command: new}} if new else {{}})
print(json.dumps(found))
""")
    assert loaded == {}


# What commands say.


@pytest.mark.parametrize("script", COMMANDS)
def test_help_explains_every_option_with_its_default(script):
    command = command_of(script)
    assert command.help
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help and option.help[0].isupper(), option.name
            assert option.help.partition("  [default: ")[0].endswith("."), f"{option.name}: no whole sentence"
            named = option.is_flag or option.required or option.show_default or "[default: " in option.help
            assert named, f"{option.name} shows no default"


@pytest.mark.parametrize("script", COMMANDS)
def test_an_unknown_option_is_one_line_and_exit_code_2(refused, script):
    assert "No such option" in refused(script, "--no-such-option")


BUGS = [KeyError("rows"), ValueError("operands could not be broadcast"), IndexError("far"), AttributeError("none")]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: type(bug).__name__)
def test_a_bug_of_ours_shows_its_traceback_and_ends_with_1(command, monkeypatch, bug):
    def broken(*_):
        raise bug

    monkeypatch.setattr(importlib.import_module("moving_mnist_generator.core.sequences"), "paint", broken)
    ended = command("generate", "two_digits", "--train", "3")
    assert ended.returncode == 1
    assert "Traceback" in ended.stderr and ended.stderr.splitlines()[-1] == f"{type(bug).__name__}: {bug}"
    assert "error:" not in ended.stderr.splitlines()[0]


def test_a_bug_of_ours_ends_a_real_process_with_1(tmp_path):
    program = """
import moving_mnist_generator.core.sequences
from moving_mnist_generator.verbs.start import start
moving_mnist_generator.core.sequences.paint = lambda *_: {}["rows"]
start("generate")
"""
    ended = subprocess.run(
        [sys.executable, "-c", program, "two_digits", "--train=3"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(SCRIPTS), os.environ.get("PYTHONPATH", "")])},
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("Traceback") and ended.stderr.endswith("KeyError: 'rows'\n")


def test_a_mistake_of_the_callers_is_one_line_and_ends_with_2(refused, monkeypatch):
    def wrong(*_):
        raise InputError("digits must be\nof one size, not two")

    monkeypatch.setattr(importlib.import_module("moving_mnist_generator.core.sequences"), "paint", wrong)
    assert refused("generate", "two_digits", "--train", "3") == "error: digits must be of one size, not two"

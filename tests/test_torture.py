"""A short version of `make torture`: a few kills of some commands. And its harness sees what is lost."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torture
from helpers import SCRIPTS
from torture_cases import CASES, Inputs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
NAMES = ("generate", "export-test", "preview --out rows.html", "update-card", "push")
SEEDS = (1, 3, 5)  # without a Hub: SIGKILL to the group, SIGTERM and SIGINT to the process, each a little later


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    return Inputs(tmp_path_factory.mktemp("torture") / "inputs")


@pytest.mark.ci
@pytest.mark.parametrize("name", NAMES)
def test_a_kill_loses_nothing_and_leaves_nothing_running(inputs, tmp_path, name):
    (case,) = (case for case in CASES if case.name == name)
    case = replace(case, is_warm=False, hub=case.hub[-1:])
    state = case.hub[0] if case.hub else None
    expected = {(name, state): torture.undisturbed(inputs, case, tmp_path / "whole", state)}
    for seed in SEEDS:
        result = torture.try_once(inputs, case, tmp_path / str(seed), None, expected, seed)
        assert not result["wrong"] and not result["left"], result


def test_the_published_figures_are_of_these_commands():
    found = json.loads((SCRIPTS.parent / "data/results/torture.json").read_text())
    assert list(found["commands"]) == [case.name for case in CASES]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"a": "old"}, None),
        ({"a": "new", "out/b": "new", "out/c": "new"}, None),
        ({"a": "new", ".a.1.partial": "half"}, None),
        ({"a": "half"}, "a is neither old nor new"),
        ({"a": "old", "strange": "new"}, "strange is neither old nor new"),
        ({"a": "new", "out/b": "new"}, "it is between old and new"),
    ],
)
def test_what_is_lost_is_seen(found, words):
    after = {"a": "new", "out/b": "new", "out/c": "new"}
    wrong = torture.whole({"a": "old"}, after, found)
    assert wrong == [] if words is None else words in wrong


def test_what_is_left_running_is_seen_and_ended(tmp_path):
    place = SimpleNamespace(folder=tmp_path, case=SimpleNamespace(soon=0.1))
    place.processes = lambda: torture.Place.processes(place)
    with subprocess.Popen(["sleep", "60"], env={**os.environ, "TORTURE": str(tmp_path)}) as process:
        assert torture.left_running(place) == ["sleep 60"]
        assert process.wait(5) != 0
    assert torture.left_running(place) == []

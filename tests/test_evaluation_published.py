"""Published rows, and what can be checked of them without their models."""

import re

import numpy as np
import pytest
from helpers import SCRIPTS

from moving_mnist_generator.common.checks import InputError
from moving_mnist_generator.evaluation.baselines import BASELINES
from moving_mnist_generator.evaluation.protocols import PROTOCOLS
from moving_mnist_generator.evaluation.published import published_results
from moving_mnist_generator.evaluation.readme_tables import baseline_table, baselines, protocol_table, published_table

WRAPPED = [("SimVP+IncepU", 200), ("SimVP+gSTA-S", 200)]


def above(result):
    """Decibels by which a published PSNR lies above that of the published MSE."""
    return result.psnr + 10 * np.log10(result.mse / 4096)


def test_the_file_holds_51_rows_of_openstl_with_their_sources():
    results = published_results()
    assert len(results) == 51 and {result.protocol for result in results} == {"openstl"}
    assert all(result.frames_in == result.frames_out == 10 and result.epochs in (200, 2000) for result in results)
    assert all("chengtan9907/OpenSTL" in result.source and "c74deb5" in result.source for result in results)
    assert [result.model for result in results if result.psnr is None] == ["CrevNet"]


def test_a_mean_of_decibels_never_lies_below_the_decibels_of_the_mean_and_at_most_about_2_above():
    marked = [(result.model, result.epochs) for result in published_results() if result.note]
    assert marked == WRAPPED
    sound = [above(result) for result in published_results() if result.psnr is not None and not result.note]
    assert len(sound) == 48 and min(sound) >= 0 and max(sound) < 2.2


def test_the_two_rows_of_the_wrap_around_psnr_lie_16_decibels_above():
    assert [above(result) for result in published_results() if result.note] == pytest.approx([16.5, 16.5], abs=0.7)


def test_a_file_without_a_column_or_with_text_for_a_number_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("model,mse\nx,1\n")
    with pytest.raises(InputError, match="must have all columns of Result, not without epochs, frames_in"):
        published_results(tmp_path / "a.csv")
    head = "model,protocol,frames_in,frames_out,epochs,mse,mae,ssim,psnr,parameters,source,note\n"
    (tmp_path / "b.csv").write_text(head + "x,openstl,10,10,,good,,,,,,\n")
    with pytest.raises(InputError, match="b.csv line 2: could not convert string to float: 'good'"):
        published_results(tmp_path / "b.csv")


def test_the_tables_have_a_row_for_each_protocol_variant_and_main_result():
    rows = dict(zip(PROTOCOLS, protocol_table().splitlines()[2:], strict=True))
    for name, protocol in PROTOCOLS.items():
        assert rows[name].startswith(f"| `{name}` |")
        assert all(text in rows[name] for text in (protocol.test_set, protocol.source, protocol.defect))
    assert "uint8, which wraps around" in rows["simvp"] and "thuml/predrnn-pytorch 49d3b0f" in rows["predrnn"]
    lines = dict(zip(BASELINES, baselines().splitlines()[2:], strict=True))
    assert all(f"| `{name}` | {baseline.words} |" in lines[name] for name, baseline in BASELINES.items())
    assert "| `two_digits` | 10 -> 10 |" in baseline_table() and "| `stochastic` | 5 -> 15 |" in baseline_table()
    assert "| SimVP+gSTA-S | openstl | 2000 | 15.05 | 49.80 | 0.9675 | 25.97 |  |" in published_table()
    assert published_table().count("not comparable") == 2


def section():
    """The README's section "Report results"."""
    text = (SCRIPTS.parent / "README.md").read_text(encoding="utf-8")
    return text.split("## Report results\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("made", [protocol_table, baselines, baseline_table, published_table])
def test_the_readme_shows_the_tables_of_the_code(made):
    assert made() in section(), "make tables writes the tables of the README again"


def test_the_readmes_example_runs_and_prints_what_stands_below_it(capsys):
    code, output = re.findall(r"```(?:python|text)\n(.*?)```", section(), re.DOTALL)[:2]
    exec(compile(code, "README", "exec"), {})
    assert capsys.readouterr().out == output
    assert sum(line != "" for line in code.splitlines()) <= 10

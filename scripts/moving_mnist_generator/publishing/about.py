"""What to know about the data, in words: a section of the README, and the fields of croissant.json on responsible use.

Each fact is one row of ABOUT. The names of the fields are those of mlcroissant's Metadata, of the vocabulary
http://mlcommons.org/croissant/RAI/.
"""

import textwrap
from dataclasses import dataclass

from ..common.names import VERSION


@dataclass(frozen=True)
class Fact:
    """What is said under a heading.

    heading: of the README; None, croissant.json alone says it
    field:   of mlcroissant's Metadata
    texts:   tuple of one or more paragraphs in Markdown, without links
    """

    heading: str | None
    field: str
    texts: tuple


ABOUT = (
    Fact(
        "Why it was made",
        "data_use_cases",
        (
            "To train and compare models that predict video, in a world whose every cause is known: which digits "
            "there are, where they are, and how they move.",
            "To study motion, occlusion, tracking, segmentation, optical flow, disentangling and generalisation, with "
            "exact annotations.",
            "Not to judge how a model does on natural video, to train recognition of handwriting for use, or to learn "
            "anything about people.",
        ),
    ),
    Fact(
        "How it was made",
        "data_collection",
        (
            "A program renders the sequences: it draws digits of MNIST, start positions and velocities from a "
            "counter-based random generator, and moves the digits frame by frame. Whoever runs it again gets the same "
            "frames. The `test` split of `default`, `arrays` and `strips` is the authors' own file instead, "
            "`mnist_test_seq.npy`, which came with their paper of 2015.",
        ),
    ),
    Fact(None, "data_collection_type", ("Software Collection", "Secondary Data analysis")),
    Fact(
        "Source",
        "data_collection_raw_data",
        (
            "MNIST: 70,000 handwritten digits of 28 x 28 grey pixels, written by employees of the US Census Bureau "
            "and by high-school students, collected by NIST. `train` draws from digits 0 to 49,999 of its train file, "
            "`validation` from 50,000 to 59,999, the `test` split of a variant from its test file.",
        ),
    ),
    Fact(
        "Processing",
        "data_preprocessing_protocol",
        (
            "The authors' file is turned from (frame, sequence, row, column) to one sequence a row. Its pixels are "
            "not changed.",
            "Digits are used as MNIST has them. Variants say by their name and fields what they change: turned, "
            "scaled, faded, coloured, hidden or noisy digits.",
        ),
    ),
    Fact(
        "Annotations",
        "data_annotation_protocol",
        (
            "Nobody annotates: labels come with MNIST, and positions, velocities and all other columns are the "
            "numbers from which the frames are rendered. Captions are written from them by rule. Masks and flow "
            "follow exactly.",
        ),
    ),
    Fact(None, "machine_annotation_tools", (f"moving_mnist_generator {VERSION}, the code in this repo",)),
    Fact(
        "What is missing",
        "data_collection_missing_data",
        (
            "Which digits and which random numbers made the authors' file was never published, so `default`, `arrays` "
            "and `strips` have no annotations. Whether its digits are in MNIST's train or test file is not known.",
        ),
    ),
    Fact(
        "Biases",
        "data_biases",
        (
            "The classes of MNIST are not balanced exactly, and nor are the sequences'. Its digits are in the hand of "
            "adults and students of the United States around 1990.",
            "Digits are white on black, upright and of one size, unless a variant changes that.",
        ),
    ),
    Fact(
        "Limits",
        "data_limitations",
        (
            "Digits are binary-like, the background is black, and motion is two-dimensional and mostly straight: "
            "results say little about natural video. A black screen is a strong baseline here.",
            "Digits overlap without depth: the brighter pixel wins, or pixels add up.",
            "In `srivastava` the rest of a step is lost at a wall: 12 % of digit-frames stand on one.",
            "MNIST's labels hold a few known errors, which the captions repeat.",
        ),
    ),
    Fact(
        "Personal and sensitive information",
        "personal_sensitive_information",
        ("None. The writers of MNIST's digits are not named, and single digits say nothing about them.",),
    ),
    Fact(
        "Effects on people",
        "data_social_impact",
        ("None is known: sequences show digits alone. Models and metrics that only work here may be overrated.",),
    ),
    Fact(
        "Upkeep",
        "data_release_maintenance_plan",
        (
            "The frames of a version never change; another version has another tag. Questions and corrections are "
            "welcome in the discussions of this repo.",
        ),
    ),
)


def fields():
    """{field of mlcroissant's Metadata: str, or list of str where the vocabulary takes several}."""
    several = {
        *("data_use_cases", "data_collection_type", "data_preprocessing_protocol", "data_annotation_protocol"),
        *("machine_annotation_tools", "data_biases", "data_limitations", "personal_sensitive_information"),
    }
    plain = {fact.field: [text.replace("`", "") for text in fact.texts] for fact in ABOUT}
    return {field: texts if field in several else " ".join(texts) for field, texts in plain.items()}


def section():
    """The section of the README, in Markdown."""
    return "\n\n".join(in_markdown(fact) for fact in ABOUT if fact.heading)


def in_markdown(fact):
    """A paragraph, or a list of several."""
    if len(fact.texts) == 1:
        return wrapped(f"**{fact.heading}.** {fact.texts[0]}")
    return "\n".join([f"**{fact.heading}.**", "", *(wrapped(f"- {text}", "  ") for text in fact.texts)])


def wrapped(text, indent=""):
    """Text in lines of the README's width."""
    return textwrap.fill(text, 120, subsequent_indent=indent, break_on_hyphens=False)

"""Read what is said in words, from the Markdown files beside this one.

`about.md` is a section of the README and, field by field, what croissant.json says on responsible use; `facts.md` is
the table on top of the README; `script.md` is the card of the branch `script`.
"""

import re
from pathlib import Path

from ...common.names import VERSION

FIELDS = {  # heading in about.md: field of mlcroissant's Metadata, of the vocabulary http://mlcommons.org/croissant/RAI/
    "Why it was made": "data_use_cases",
    "How it was made": "data_collection",
    "Source": "data_collection_raw_data",
    "Processing": "data_preprocessing_protocol",
    "Annotations": "data_annotation_protocol",
    "What is missing": "data_collection_missing_data",
    "Biases": "data_biases",
    "Limits": "data_limitations",
    "Personal and sensitive information": "personal_sensitive_information",
    "Effects on people": "data_social_impact",
    "Upkeep": "data_release_maintenance_plan",
}
LISTS = {  # fields in which the vocabulary takes several texts
    *("data_use_cases", "data_preprocessing_protocol", "data_annotation_protocol", "data_biases"),
    *("data_limitations", "personal_sensitive_information"),
}
HEADING = re.compile(r"^\*\*(.+)\.\*\*\s", re.M)


def words(name: str, **values: object) -> str:
    """The text of <name>.md, with values in place of {names}."""
    text = (Path(__file__).parent / f"{name}.md").read_text(encoding="utf-8")
    return text.removesuffix("\n").format(**values)


def about_fields() -> dict[str, str | list[str]]:
    """about.md as fields of croissant.json: {field: text, or list of texts, without Markdown and line breaks}."""
    _, *parts = HEADING.split(words("about").replace("`", ""))
    found: dict[str, str | list[str]] = {
        "data_collection_type": ["Software Collection", "Secondary Data analysis"],
        "machine_annotation_tools": [f"moving_mnist_generator {VERSION}, the code in this repo"],
    }
    for heading, text in zip(parts[::2], parts[1::2], strict=True):
        texts = [" ".join(each.split()) for each in re.split(r"^- ", text.strip(), flags=re.M) if each]
        found[FIELDS[heading]] = texts if FIELDS[heading] in LISTS else " ".join(texts)
    return found

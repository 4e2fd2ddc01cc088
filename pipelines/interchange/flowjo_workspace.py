"""A FlowJo 10 workspace of samples that were written one by one."""

import warnings
from collections.abc import Mapping, Sequence
from io import BytesIO
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from tregate.gating.events import Sample
from tregate.pipelines.interchange.flowjo_matrix import register_prefixes
from tregate.pipelines.interchange.flowkit_members import Masks, NotAppliedError, flowkit_sample
from tregate.pipelines.interchange.gating_ml_shapes import DATA_TYPES, GATING, TRANSFORMS

VERSION, FLOWJO = "20.0", "10.8.1"
ALL_SAMPLES = "All Samples"


def sample_text(element: Element) -> str:
    """A `Sample` element as it stands in the workspace."""
    register_prefixes()
    ElementTree.indent(element)
    return ElementTree.tostring(element, encoding="unicode")


def workspace_text(samples: Sequence[str], groups: Mapping[str, Sequence[int]]) -> str:
    """The workspace. `samples`: texts of `sample_text`; `groups`: name -> numbers of its samples."""
    listed = Element("Groups")
    every = sorted({number for numbers in groups.values() for number in numbers})
    for name, numbers in {ALL_SAMPLES: every, **groups}.items():
        about = {"name": name, "annotation": "", "owningGroup": name, "expanded": "1", "sortPriority": "10"}
        node = SubElement(listed, "GroupNode", {**about, "count": "-1"})
        live = "1" if name == ALL_SAMPLES else "0"
        group = SubElement(node, "Group", {"name": name, "live": live, "role": "ws.group.dlog.test", "key": ""})
        SubElement(group, "Criteria")
        references = SubElement(group, "SampleRefs")
        for number in numbers:
            SubElement(references, "SampleRef", {"sampleID": str(number)})
    ElementTree.indent(listed)
    spaces = f'xmlns:gating="{GATING}" xmlns:transforms="{TRANSFORMS}" xmlns:data-type="{DATA_TYPES}"'
    head = f'<Workspace version="{VERSION}" flowJoVersion="{FLOWJO}" curGroup="{ALL_SAMPLES}" {spaces}>'
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>', head, "<Matrices/>",
        ElementTree.tostring(listed, encoding="unicode"), "<SampleList>", *samples, "</SampleList>", "</Workspace>\n",
    ]  # fmt: skip
    return "\n".join(parts)


def workspace_members(text: str, sample: Sample, name: str, ids: Mapping[str, str]) -> Masks:
    """Population -> (n_events,) as FlowKit gates the sample `name` of a workspace; `ids`: population -> path.

    Events are tregate's own reading, as in `flowkit_members`. Raises NotAppliedError.
    """
    from flowkit import Workspace

    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        # FlowKit divides by the count of an empty parent and takes logarithms of values below zero
        warnings.simplefilter("ignore")
        try:
            workspace = Workspace(BytesIO(text.encode("utf-8")), fcs_samples=[], load_missing_file_data=True)
            results = workspace.get_gating_strategy(name).gate_sample(flowkit_sample(sample, name, flowjo=True))
            paths = {population: tuple(path.split("/")) for population, path in ids.items()}
            return {
                population: np.asarray(results.get_gate_membership(path[-1], ("root", *path[:-1])), dtype=np.bool_)
                for population, path in paths.items()
            }
        except Exception as error:  # FlowKit raises many kinds, and its own base class is Exception
            message = f"{type(error).__name__} {str(error)[:100].rstrip('.')}"
            raise NotAppliedError(f"FlowKit cannot apply the workspace: {message}") from None

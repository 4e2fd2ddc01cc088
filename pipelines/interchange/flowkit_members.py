"""Who is where by FlowKit, in a Gating-ML 2.0 document that was written: the self-check of an export."""

import warnings
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

from tregate.gating.events import Sample

Masks = dict[str, npt.NDArray[np.bool_]]


class NotAppliedError(Exception):
    """FlowKit cannot read the document or apply it to this file; the text says why."""


def flowkit_members(text: str, sample: Sample, ids: Mapping[str, str]) -> Masks:
    """Population -> (n_events,) as FlowKit gates it by the document; `ids`: population -> id of its gate.

    Events are tregate's own reading in linear intensity (double precision), since FlowKit does not read every file.
    Raises NotAppliedError.
    """
    import flowkit

    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        # FlowKit divides by the count of an empty parent and takes logarithms of values below zero
        warnings.simplefilter("ignore")
        try:
            strategy = flowkit.parse_gating_xml(BytesIO(text.encode("utf-8")))
            results = strategy.gate_sample(flowkit_sample(sample, "tube"))
            paths = dict(strategy.get_gate_ids())
            return {
                name: np.asarray(results.get_gate_membership(one, paths[one]), dtype=np.bool_)
                for name, one in ids.items()
            }
        except Exception as error:  # FlowKit raises many kinds, and its own base class is Exception
            message = f"{type(error).__name__} {str(error)[:100].rstrip('.')}"
            raise NotAppliedError(f"FlowKit cannot apply the document: {message}") from None


def flowkit_sample(sample: Sample, name: str, *, flowjo: bool = False) -> Any:
    """A FlowKit sample of tregate's own events. `flowjo`: channels as FlowJo names them, "_" for "/"."""
    import flowkit

    events = sample.events(0, sample.n_events)
    names = [str(one.name).replace("/", "_") if flowjo else str(one.name) for one in sample.parameters]

    class Held(flowkit.Sample):  # type: ignore[misc]
        """FlowKit's own constructor takes arrays in single precision, which moves events over an edge."""

        def get_events(self, *args: object, **options: object) -> npt.NDArray[np.float64]:
            return events

    held = Held(events[:1], sample_id=name, channel_labels=names, subsample=1)
    held.event_count = sample.n_events
    return held

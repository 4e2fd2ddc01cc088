"""FlowJo's biexponential table: ours against FlowKit's, over the settings of its dialogue."""

import numpy as np
import pytest
from flowkit import transforms

from tregate.gating.geometry.scaled import to_linear, to_scaled
from tregate.gating.geometry.scales import BiexScale


@pytest.mark.parametrize("width", [-1.0, -10.0, -100.0, -1000.0])
@pytest.mark.parametrize("negative", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("positive", "top"), [(4.418539922, 262144.0), (4.9, 4194304.0)])
def test_biex_is_flowkit_s(width: float, negative: float, positive: float, top: float) -> None:
    values = np.concatenate([np.linspace(-top / 10, top * 1.1, 5001), np.linspace(-500, 500, 2001)])
    theirs = transforms.WSPBiexTransform(negative, width, positive, top)
    scale = BiexScale(top, positive, negative, width)
    np.testing.assert_allclose(to_scaled(scale, values), theirs.apply(values) / 4096, atol=1e-9)
    inside = np.linspace(0.0, 1.0, 1001)
    np.testing.assert_allclose(to_linear(scale, inside), theirs.inverse(inside * 4096), rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(to_scaled(scale, to_linear(scale, inside)), inside, atol=1e-12)

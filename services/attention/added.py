"""After a layer's heads: side by side, times W_O, added; and what each token really gives."""

from dataclasses import dataclass

import lazy_loader as lazy
import numpy as np

from core.text import checked_index
from models.loaded import Loaded
from services.attention.attend import encode
from services.attention.layers import inside, projection_of

torch = lazy.load("torch")  # loaded at first use, so that the page is up before it is (SPEC 1)


@dataclass(frozen=True)
class Added:
    """What the heads of one layer hand on together, for every token of a text."""

    side: np.ndarray  # (token, head, d_k): the outputs of the heads, side by side
    shares: np.ndarray  # (token, head, width): each head's output times its rows of W_O
    bias: np.ndarray  # (width,): of the projection, which belongs to no head
    total: np.ndarray  # (token, width): all shares and the bias, added
    library: np.ndarray  # (token, width): what the model's own projection makes of `side`
    weights: np.ndarray  # (head, looking, looked_at)
    given: np.ndarray  # (head, looking, looked_at): ‖α·v·W_O‖

    @property
    def difference(self) -> float:
        """The largest absolute difference between this sum and the library's."""
        return float(np.abs(self.total - self.library).max())

    def lengths(self, token: int) -> np.ndarray:
        """(head,): how long what each head adds to a token is."""
        lengths: np.ndarray = np.linalg.norm(self.shares[token], axis=-1)
        return lengths

    def from_token(self, head: int, token: int) -> tuple[float, float]:
        """The share of a head's weight on one token, and of what it adds, over all rows."""
        weights, given = self.weights[head], self.given[head]
        of_weight, of_given = (part[:, token].sum() / part.sum() for part in (weights, given))
        return float(of_weight), float(of_given)

    def rest(self, head: int) -> int:
        """The token on which most of a head's weight is."""
        return int(self.weights[head].sum(axis=0).argmax())


def add_up(model: Loaded, text: str, text_pair: str = "", *, layer: int = 0) -> Added:
    """What one layer's attention adds (Vaswani et al. 2017, section 3.2.2).

    The lengths of the weighted and projected values are those of Kobayashi et al. 2020, section
    3. Raises UserError when the text or the layer does not fit.
    """
    layer = checked_index(layer, 0, model.checkpoint.layers - 1, name="layer")
    encoded = encode(model, text, text_pair)
    _, _, value, side, weights = inside(model, encoded, layer)
    project, matrix = projection_of(model, layer)
    by_head = matrix.unflatten(0, (model.checkpoint.heads, -1))  # (head, d_k, width)
    with torch.inference_mode():
        library = project(side.flatten(1))
        shares = torch.einsum("thk,hkw->thw", side, by_head)
        projected = torch.einsum("thk,hkw->htw", value, by_head).norm(dim=-1)  # (head, looked_at)
        bias = project.bias
        total = shares.sum(dim=1) + bias
        given = weights[0] * projected[:, None]
    parts = (side, shares, bias.detach(), total, library, weights[0], given)
    return Added(*(np.ascontiguousarray(part.numpy()) for part in parts))

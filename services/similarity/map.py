"""Sentences as points of a map: far fewer dimensions, chosen to keep what can be kept."""

from dataclasses import dataclass, replace

import numpy as np

from core.errors import UserError
from core.text import checked_choice
from services.similarity.compare import unit

METHODS = ("pca", "tsne")
FEWEST = {"pca": {2: 3, 3: 4}, "tsne": {2: 10, 3: 10}}  # sentences, by method and dimensions
SEED = 0
ROUNDING = 1e-4  # of a vector's length: what the arithmetic of float32 leaves between equals
EXAGGERATION = 12.0  # of t-SNE's beginning: scikit-learn's own


@dataclass(frozen=True)
class Map:
    """A point for each sentence."""

    method: str
    points: np.ndarray  # (sentence, dimension)
    explained: tuple[float, ...]  # share of the variance on each PCA axis; empty for t-SNE
    perplexity: float = 0.0  # of t-SNE: about how many neighbours each point tries to keep
    neighbours_kept: int = 0  # sentences whose nearest one on the map is the nearest by cosine

    @property
    def alike(self) -> bool:
        """Whether all vectors are one but for rounding: then all points are, too."""
        return not self.points.any()


def lay_out(vectors: np.ndarray, *, method: str = "pca", dimensions: int = 2) -> Map:
    """Points for vectors (sentence, width), which are scaled to length 1 first.

    So distances follow the cosine: their square is 2 - 2 cos. PCA keeps the directions with most
    variance (Pearson 1901); t-SNE keeps neighbourhoods (van der Maaten and Hinton 2008), seeded.
    Raises UserError when there are too few sentences or a setting is unknown.
    """
    checked_choice(method, METHODS, name="map")
    checked_choice(str(dimensions), ("2", "3"), name="number of dimensions")
    fewest = FEWEST[method][dimensions]
    if len(vectors) < fewest:
        named = {"pca": "PCA", "tsne": "t-SNE"}[method]
        raise UserError(
            f"A {named} map in {dimensions} dimensions takes at least {fewest} sentences; "
            f"there are {len(vectors)}. Add some, or choose another map."
        )
    vectors = unit(vectors).astype(float)
    if alike(vectors):
        nowhere = np.zeros((len(vectors), dimensions))
        return Map(method, nowhere, (), perplexity_for(len(vectors)) * (method == "tsne"))
    laid_out = _pca(vectors, dimensions) if method == "pca" else _tsne(vectors, dimensions)
    kept = int((nearest(laid_out.points) == nearest(vectors)).sum())
    return replace(laid_out, neighbours_kept=kept)


def alike(vectors: np.ndarray) -> bool:
    """Whether vectors (sentence, width) of length 1 differ by no more than rounding."""
    spread = ((vectors - vectors.mean(axis=0)) ** 2).sum(axis=1).mean()
    return bool(spread < ROUNDING**2)


def nearest(points: np.ndarray) -> np.ndarray:
    """For each point the number of the one next to it; of equals the first."""
    distances = np.linalg.norm(points[:, None] - points, axis=-1)
    np.fill_diagonal(distances, np.inf)
    return np.asarray(distances.argmin(axis=1))


def perplexity_for(sentences: int) -> float:
    """A third of the other points, at most scikit-learn's own 30; always below their number."""
    return min(30.0, (sentences - 1) / 3)


def _pca(vectors: np.ndarray, dimensions: int) -> Map:
    from sklearn.decomposition import PCA  # here, because it takes a second to import

    pca = PCA(dimensions, svd_solver="full")
    points = pca.fit_transform(vectors)
    return Map("pca", points, tuple(float(share) for share in pca.explained_variance_ratio_))


def _tsne(vectors: np.ndarray, dimensions: int) -> Map:
    from sklearn.manifold import TSNE  # here, because it takes a second to import

    perplexity = perplexity_for(len(vectors))
    # "exact" is quicker than the tree for so few points; a PCA start makes it repeatable.
    start = _pca(vectors, dimensions).points
    start = start / start[:, 0].std() * 0.01
    tsne = TSNE(
        dimensions,
        perplexity=perplexity,
        init=start,
        # Points / exaggeration (Belkina et al. 2019); scikit-learn's floor of 50 throws a dozen
        # points about, and the map then hangs on the last digit of the vectors.
        learning_rate=len(vectors) / EXAGGERATION,
        early_exaggeration=EXAGGERATION,
        method="exact",
        random_state=SEED,
    )
    return Map("tsne", tsne.fit_transform(vectors), (), perplexity)

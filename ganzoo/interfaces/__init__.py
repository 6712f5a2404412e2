"""The abstract classes a plugin implements, and the few data types they exchange.

Shape legend: B batch, Z latent, K classes, E embedding, C channels, H height, W width, P patches.
Images are `(batch, channels, height, width)` floats in [-1, 1], or uint8 at rest; labels `(batch,)`
int64 in [0, num_classes); latents `(batch, latent_dim)`; logits `(batch,)`, or `(batch, patches)` of a
discriminator that judges an image in patches, never squashed.

Every class here is abstract and holds no behaviour; every implementation is final. The one thing an
interface can't express in Python is the constructor, so each docstring states the call that the
core makes. Its first argument is always the plugin's own `Config`, already validated.
"""

from __future__ import annotations

from ganzoo.images import ImageSpec
from ganzoo.interfaces.components import (
    Conditioning,
    ConditioningFactory,
    Upsampling,
    UpsamplingFactory,
)
from ganzoo.interfaces.data import (
    Dataset,
    LabelledImages,
    require_labels,
)
from ganzoo.interfaces.exporter import (
    DrawsImages,
    Exporter,
    GeneratorToExport,
)
from ganzoo.interfaces.features import (
    FeatureExtractor,
    FeatureProtocol,
    Features,
)
from ganzoo.interfaces.game import (
    Augmentation,
    Batch,
    Draw,
    InformedObjective,
    Judge,
    Objective,
    Regularisation,
    Seen,
)
from ganzoo.interfaces.metric import (
    LabelledFeatures,
    Metric,
)
from ganzoo.interfaces.model import (
    Model,
    Released,
)
from ganzoo.interfaces.networks import (
    Discriminator,
    Generator,
    Judgement,
    StyleSpace,
)
from ganzoo.interfaces.optimizer import (
    Optimizer,
)
from ganzoo.interfaces.tracker import (
    End,
    TrackedTraining,
    Tracker,
)
from ganzoo.interfaces.weights import (
    Weights,
)

__all__ = [
    "Augmentation",
    "Batch",
    "Conditioning",
    "ConditioningFactory",
    "Dataset",
    "Discriminator",
    "Draw",
    "DrawsImages",
    "End",
    "Exporter",
    "FeatureExtractor",
    "FeatureProtocol",
    "Features",
    "Generator",
    "GeneratorToExport",
    "ImageSpec",
    "InformedObjective",
    "Judge",
    "Judgement",
    "LabelledFeatures",
    "LabelledImages",
    "Metric",
    "Model",
    "Objective",
    "Optimizer",
    "Regularisation",
    "Released",
    "Seen",
    "StyleSpace",
    "TrackedTraining",
    "Tracker",
    "Upsampling",
    "UpsamplingFactory",
    "Weights",
    "require_labels",
]

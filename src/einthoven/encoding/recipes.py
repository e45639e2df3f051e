"""Recipes: every kind of preparation, by the name that a model's preparation.json gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from einthoven.encoding.picture import ImagePreparation
from einthoven.encoding.text import TextPreparation

if TYPE_CHECKING:
    from einthoven.cleaning.preparation import Preparation

    Recipe = Preparation | TextPreparation | ImagePreparation
    """What an encoder eats, whatever its modality."""

__all__ = ["kind_of", "kinds"]


def kinds() -> dict[str, type[Recipe]]:
    """Return kind -> class of the recipe.

    >>> sorted(kinds())
    ['image', 'signal', 'text']
    """
    from einthoven.cleaning.preparation import Preparation

    return {"signal": Preparation, "text": TextPreparation, "image": ImagePreparation}


def kind_of(recipe: Recipe) -> str:
    """Return the kind of a recipe.

    >>> kind_of(TextPreparation())
    'text'
    """
    return next(name for name, kind in kinds().items() if isinstance(recipe, kind))

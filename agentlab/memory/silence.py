"""The warning that memory is searched by less than was asked for. In a module of its own: the command line imports it first."""

from __future__ import annotations


class EmbeddingsSilent(UserWarning):
    """Embeddings were asked for and did not come; words alone are searched by."""

"""Cells of one's own: the embeddings that an .h5ad brings along, next to what its genes say without any model."""

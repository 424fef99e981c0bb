"""Zero-shot cell embeddings: how well an embedding keeps cell types apart, and batches together."""

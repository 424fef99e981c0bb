"""Single cells: effects of perturbations, embeddings of cells, regulatory networks; no torch and no store."""

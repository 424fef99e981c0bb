"""Regulatory network inference: who responds to a perturbation, and whether edges know more than gene-level scores.

Material: the controls of arXiv 2602.17532. An edge score may look good because it repeats what is true of a gene
whoever regulates it; so what counts is what edges add to a regression on gene-level scores of control cells.
"""

"""Predicting the expression profile of perturbations that were held out."""

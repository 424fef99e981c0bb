"""Pieces of pages: headings, tables with their CSV, the drawer, the footer."""

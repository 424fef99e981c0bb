"""Decks, figures, tables and reports made of exhibits; knows no Streamlit."""

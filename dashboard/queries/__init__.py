"""Questions put to the store: SQL with parameters in, frozen results out; no Streamlit, no figures."""

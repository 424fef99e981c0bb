"""The Streamlit dashboard of Validity Ledger."""

"""The server around the pages: who may ask, how much at once, with which headers, and how it says that it is well."""

"""Statistics on numpy arrays and pandas frames; nothing here knows a file, a store or a screen."""

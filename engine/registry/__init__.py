"""The registry: systems as data, validated row by row when read."""

from engine.registry.systems import SystemRow, read_systems, registry_path

__all__ = ["SystemRow", "read_systems", "registry_path"]

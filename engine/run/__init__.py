"""The order of the stages: this package alone knows it."""

from engine.run.publishing import publish, write_manifest

__all__ = ["publish", "write_manifest"]

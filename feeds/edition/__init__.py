"""The published documents: values, manifest, differences and paths."""

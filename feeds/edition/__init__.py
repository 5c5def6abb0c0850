"""Published documents: values, manifest, differences and paths."""

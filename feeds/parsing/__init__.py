"""Read YAML mappings: values as they were written, with their lines."""

"""YAML mappings as text values with line numbers, and typed access to them."""

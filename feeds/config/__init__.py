"""Read `config.yaml`: its schema, its values, and every mistake in it."""

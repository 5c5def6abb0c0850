"""Operating system access: locks, files and CPUs."""

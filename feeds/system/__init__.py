"""Operating system: locks, files and CPUs."""

"""The formats of other generators' trees: default values of the config, dates, slugs, permalinks and ids."""

"""Feed formats: each module renders entries and feeds in one format."""

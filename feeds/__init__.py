"""Everyday Feeds: a content tree becomes feeds that people subscribe to."""

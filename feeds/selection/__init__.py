"""Decide which entries a feed has, their ids and their pages."""

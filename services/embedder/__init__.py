"""Embedder: aligned faces in, vectors out."""

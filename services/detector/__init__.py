"""Detector: camera frames in, faces out."""

"""Boards: their pins and parts, and the virtual one made of software."""

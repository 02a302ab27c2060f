"""Pieces to symbols and back."""

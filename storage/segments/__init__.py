"""Segments: their versions, and their rules as one SQL condition. `queries` asks, `rules` compiles, `fields` knows."""

"""Cells wired together: above one another, in both directions, behind a convolution, as encoder and decoder."""

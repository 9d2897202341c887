"""One question a file: arrays in, a NamedTuple of arrays out."""

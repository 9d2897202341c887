"""Training: what is learned, on which task, and the loop that learns it; one file each."""

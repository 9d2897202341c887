"""What is known without a cell: one neuron, one error surface, products of random factors, and wide networks."""

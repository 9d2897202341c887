"""Networks that read characters: texts, the network around a cell, what it predicts and what it looks at."""

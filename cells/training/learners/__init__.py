"""What learns, one file each: networks around an experiment's cell, each with what it is shown and how it is judged."""

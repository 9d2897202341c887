"""One framework a file. A file dropped here is found, with no list to edit."""

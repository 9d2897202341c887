"""The register: every sentence that the laboratory can say, a link that makes it say it, and an independent check."""

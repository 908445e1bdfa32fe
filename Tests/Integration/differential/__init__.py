"""Random requests to Apus and to the real Chroma server: the same answers, or a listed deviation."""

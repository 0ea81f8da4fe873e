"""Reading pages through the sites' APIs: one lane for each host, at the pace that all processes share."""

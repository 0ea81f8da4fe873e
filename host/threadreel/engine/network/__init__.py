"""Reaching a server: connections and proxies, requests and answers, and what an answer means. Knows hosts, not jobs."""

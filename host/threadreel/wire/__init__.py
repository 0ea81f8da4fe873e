"""Native messaging: frames, the contract of every message, and the outbox. Knows nothing of downloads."""

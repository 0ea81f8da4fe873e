"""The download engine: jobs, plan, scheduler, pacing, transfer. Knows nothing of browsers or JSON."""

"""Being found by a browser: the table of browsers, the host manifests, install, uninstall, and the doctor."""

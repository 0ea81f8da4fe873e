#!/bin/sh
# Written by Threadreel: starts its host for a browser. "threadreel uninstall" removes it.
@ENVIRONMENT@
exec @PYTHON@ -P -c @PROGRAM@ "$@"

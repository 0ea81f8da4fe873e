@echo off
rem Written by Threadreel: starts its host for a browser. "threadreel uninstall" removes it.
setlocal DisableDelayedExpansion
"%SystemRoot%\System32\chcp.com" 65001 >nul <nul
@ENVIRONMENT@
@PYTHON@ -P -c @PROGRAM@ %*

"""The edge: channels, settings, assembly and the command line."""

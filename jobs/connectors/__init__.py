"""The plug-ins that speak to outside systems, one file per system."""

"""ONVIF as far as finding cameras needs it: a probe of the network, and where a camera's streams are."""

"""The technicians' tools: what is written to a device, and how."""

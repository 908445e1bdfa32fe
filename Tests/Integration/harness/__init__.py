"""What the integration tests stand on: processes, faults, clients, journals and checks."""

"""Ways to move bytes: TCP, serial and memory, all with deadlines of the monotonic clock in seconds."""

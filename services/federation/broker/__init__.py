"""The broker as publisher and hospital see it: streams, consumers and copies of federated lists."""

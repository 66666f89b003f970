"""The laboratory: namespaces, programs and measurements for the demo and the end-to-end tests."""

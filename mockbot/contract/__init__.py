"""The law: the effective contract, and what a request, a response or a stream event does against it."""
